// The words for what is only likely, because a span above is missing.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * What likely waited above the nearest missing parent above a row.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} -1 if no parent above it is missing, or nothing is known of its caller
 */
export function likelyCallerAbove(trace, row) {
  for (let at = row; at >= 0; at = trace.parent[at]) {
    const caller = trace.likely.callerOf.get(at);
    if (caller !== undefined) return caller;
  }
  return -1;
}

/**
 * The row that called a row: its parent, or what likely did above a missing parent.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} -1 if there is none
 */
export function callerOf(trace, row) {
  const parent = trace.parent[row];
  return parent >= 0 && trace.placeholder[parent] === 0 ? parent : trace.likely.callerOf.get(row) ?? -1;
}

/**
 * The name of a row that stands for a missing parent. It has a parent only where that likely waited for its children.
 * @param {Trace} trace
 * @param {number} row
 */
export function placeholderName(trace, row) {
  return trace.parent[row] < 0 ? "missing parent" : "missing parent, likely here";
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
