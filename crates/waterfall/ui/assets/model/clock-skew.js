// Clock skew, as the server found it.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * How far a row's clock is ahead of its parent's.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} nanoseconds; 0 if the clocks agree, or nothing shows that they differ
 */
export function clockDifference(trace, row) {
  const parent = trace.parent[row] ?? -1;
  if (parent < 0 || trace.placeholder[parent] === 1) return 0;
  return (trace.ahead.get(row) ?? 0) - (trace.ahead.get(parent) ?? 0);
}
