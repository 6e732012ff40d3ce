// One call has two halves: the caller's span and, beneath it, the called service's. They are read as one: what lies
// between the two is the network and the queues on the way. The two clocks are not the same.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} RemoteCall
 * @property {number} client the row of the caller's half
 * @property {number} server the row of the called one's
 * @property {number} requestDelay nanoseconds from the caller's start to the server's; negative where the clocks differ
 * @property {number} responseDelay nanoseconds from the server's end to the caller's
 */

/**
 * @param {Trace} trace
 * @param {number} row either half
 * @returns {RemoteCall | null} null where the row is no half of a call with both
 */
export function remoteCallOf(trace, row) {
  const server = trace.kindOf(row) === "client" ? serverSpanOf(trace, row) : row;
  const client = trace.parent[server] ?? -1;
  if (client < 0 || serverSpanOf(trace, client) !== server) return null;
  return {
    client,
    server,
    requestDelay: trace.start[server] - trace.start[client],
    responseDelay: trace.endOf(client) - trace.endOf(server),
  };
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} the span that answers a call: the only server's beneath it; -1 where there is none
 */
function serverSpanOf(trace, row) {
  if (row < 0 || trace.kindOf(row) !== "client") return -1;
  let answer = -1;
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    if (trace.kindOf(child) !== "server") continue;
    if (answer >= 0) return -1;
    answer = child;
  }
  return answer;
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
