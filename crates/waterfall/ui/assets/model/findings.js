// What a reader wants to be told before reading rows: where the time went, and where an error began.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} Findings
 * @property {number} slowest the row that the answer waited for longest, or -1
 * @property {number} slowestTime nanoseconds that it was waited for
 * @property {number} origin the row where the first error began, or -1
 * @property {Int32Array} errors all rows in error, ascending
 */

/**
 * @param {Trace} trace
 * @param {Float64Array} cost by row: the time on the critical path, or where that is not known yet, the self time
 * @returns {Findings}
 */
export function findings(trace, cost) {
  let slowest = -1;
  let origin = -1;
  const errors = new Int32Array(trace.errors);
  let found = 0;
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.gap[row] === 0 && (slowest < 0 || cost[row] > cost[slowest])) slowest = row;
    if (!trace.isError(row)) continue;
    // An error climbs to its callers: it began where no row beneath has one.
    if (origin < 0 || row < trace.end[origin]) origin = row;
    errors[found] = row;
    found += 1;
  }
  return { slowest, slowestTime: slowest < 0 ? 0 : cost[slowest], origin, errors };
}

/**
 * The two halves of one call: a server's span beneath the client's. The clocks are two.
 * @typedef {object} Hop
 * @property {number} client the row of the caller's span
 * @property {number} out nanoseconds from the caller's start to the server's; negative where the clocks differ
 * @property {number} back nanoseconds from the server's end to the caller's
 */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {Hop | null} where the row is the server's or consumer's half of a call
 */
export function hopOf(trace, row) {
  const parent = trace.parent[row];
  if (parent === undefined || parent < 0 || trace.kindOf(row) !== "server" || trace.kindOf(parent) !== "client") return null;
  return { client: parent, out: trace.start[row] - trace.start[parent], back: trace.endOf(parent) - trace.endOf(row) };
}

/**
 * What is odd about a span's time against its parent's; shown as it came, never corrected.
 * @param {Trace} trace
 * @param {number} row
 * @returns {"starts-before" | "outside" | null}
 */
export function timeOddity(trace, row) {
  const parent = trace.parent[row];
  if (parent === undefined || parent < 0 || trace.gap[parent] === 1) return null;
  if (trace.start[row] < trace.start[parent]) return trace.endOf(row) <= trace.start[parent] ? "outside" : "starts-before";
  return null;
}

/**
 * Whom a call reached: the service of the first child that is another's.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty where it is no call, or nobody answered in this trace
 */
export function calledService(trace, row) {
  const kind = trace.kindOf(row);
  if (kind !== "client" && kind !== "producer") return "";
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    if (trace.service[child] !== trace.service[row]) return trace.serviceOf(child);
  }
  return "";
}
