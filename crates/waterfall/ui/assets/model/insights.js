// What to look at first in a trace: the span with the most time, and the errors.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} Insights
 * @property {number} slowest the row with the highest cost, or -1
 * @property {number} slowestTime its cost in nanoseconds
 * @property {Int32Array} errors all rows with status error, ascending
 */

/**
 * @param {Trace} trace
 * @param {Float64Array} cost by row: time on the critical path, or self time until that is computed
 * @returns {Insights}
 */
export function traceInsights(trace, cost) {
  let slowest = -1;
  const errors = new Int32Array(trace.errors);
  let found = 0;
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.placeholder[row] === 0 && (slowest < 0 || cost[row] > cost[slowest])) slowest = row;
    if (!trace.isError(row)) continue;
    errors[found] = row;
    found += 1;
  }
  return { slowest, slowestTime: slowest < 0 ? 0 : cost[slowest], errors };
}
