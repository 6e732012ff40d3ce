// The words for what is only likely, because a span above was lost.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * What likely waited above the nearest lost span above a row.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} -1 if no span was lost above it, or nothing is known of its caller
 */
export function likelyCallerAbove(trace, row) {
  for (let at = row; at >= 0; at = trace.parent[at]) {
    const caller = trace.likely.callerOf.get(at);
    if (caller !== undefined) return caller;
  }
  return -1;
}

/**
 * What makes the time of a row only likely.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "likely below reports POST"; empty if nothing does
 */
export function likelyText(trace, row) {
  const caller = likelyCallerAbove(trace, row);
  if (caller >= 0) return `likely below ${trace.serviceOf(caller)} ${trace.names[caller]}`;
  return trace.likely.mayMissCallee.has(row) ? "its callee is likely missing" : "";
}
