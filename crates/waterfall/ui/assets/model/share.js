// Percentages, and what each is of. Every view takes them from here, so that all round alike and mean the same:
//
// - of the trace: of its duration by the likely clocks (wall time)
// - of the span: of the span's own duration
// - of all self time: of the sum over all spans, which exceeds the trace's duration where spans run concurrently
// - of spans: of a number of spans

import { formatCount, plural } from "./duration.js";
import { likelyClocksText } from "./likely-clocks.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * A percentage; small non-zero shares become `<1%`.
 * @param {number} part
 * @param {number} whole
 * @returns {string} `–` of nothing
 */
export function formatShare(part, whole) {
  if (!(whole > 0)) return "–";
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 1) return "<1%";
  return `${Math.round(percent)}%`;
}

/**
 * @param {Trace} trace
 * @param {number} time nanoseconds
 * @returns {string} such as "48% of the trace, adjusted for clock skew"
 */
export function shareOfTrace(trace, time) {
  const share = `${formatShare(time, trace.likelyDuration)} of the trace`;
  return [share, likelyClocksText(trace)].filter(Boolean).join(", ");
}

/**
 * @param {number} time nanoseconds
 * @param {number} total self time of all spans
 * @returns {string} such as "48% of all self time"
 */
export function shareOfSelfTime(time, total) {
  return `${formatShare(time, total)} of all self time`;
}

/**
 * @param {number} errors
 * @param {number} spans
 * @returns {string} such as "3 of 30 spans"
 */
export function errorsOfSpans(errors, spans) {
  return `${formatCount(errors)} of ${plural(spans, "span")}`;
}

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {number} nanoseconds
 */
export function totalSelfTime(trace, self) {
  let total = 0;
  for (let row = 0; row < trace.count; row += 1) if (trace.placeholder[row] !== 1) total += self[row];
  return total;
}
