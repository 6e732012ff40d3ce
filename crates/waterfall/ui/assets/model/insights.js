// What a reader wants to be told before reading rows: where the time went, and where an error began.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} Insights
 * @property {number} slowest the row that the answer waited for longest, or -1
 * @property {number} slowestTime nanoseconds that it was waited for
 * @property {number} firstError the row where the first error began, or -1
 * @property {Int32Array} errors all rows in error, ascending
 */

/**
 * @param {Trace} trace
 * @param {Float64Array} cost by row: the time on the critical path, or where that is not known yet, the self time
 * @returns {Insights}
 */
export function traceInsights(trace, cost) {
  let slowest = -1;
  let firstError = -1;
  const errors = new Int32Array(trace.errors);
  let found = 0;
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.placeholder[row] === 0 && (slowest < 0 || cost[row] > cost[slowest])) slowest = row;
    if (!trace.isError(row)) continue;
    // An error climbs to its callers: it began where no row beneath has one.
    if (firstError < 0 || row < trace.end[firstError]) firstError = row;
    errors[found] = row;
    found += 1;
  }
  return { slowest, slowestTime: slowest < 0 ? 0 : cost[slowest], firstError, errors };
}
