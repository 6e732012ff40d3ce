// The words for figures by the likely clocks, where clocks likely differ. Such figures are the same whichever
// clocks the bars are drawn by.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @returns {string} empty if no clocks differ
 */
export function likelyClocksText({ clocks }) {
  return clocks.length > 0 ? "adjusted for clock skew" : "";
}
