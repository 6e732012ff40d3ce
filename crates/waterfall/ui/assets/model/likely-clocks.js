// The words for figures by the likely clocks, where clocks differ beyond doubt. Such figures are the same whichever
// clocks the bars are drawn by.

import { formatShare } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} time nanoseconds
 * @returns {string} such as "48 % of the trace, by the likely clocks"
 */
export function shareText(trace, time) {
  const share = `${formatShare(time, trace.likelyDuration)} of the trace`;
  return [share, likelyClocksText(trace)].filter(Boolean).join(", ");
}

/**
 * @param {Trace} trace
 * @returns {string} empty if no clocks differ
 */
export function likelyClocksText({ clocks }) {
  return clocks.length > 0 ? "by the likely clocks" : "";
}
