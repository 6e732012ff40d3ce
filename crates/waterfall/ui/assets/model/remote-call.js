// Remote calls: a client span and the server span that handles it, by the likely clocks.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} RemoteCall
 * @property {number} client row of the client span
 * @property {number} server row of the server span
 * @property {number} requestDelay nanoseconds from client start to server start; negative where clocks differ a little
 * @property {number} responseDelay nanoseconds from server end to client end
 */

/**
 * @param {Trace} trace
 * @param {number} row of the client or the server span
 * @returns {RemoteCall | null} null unless both spans were received
 */
export function remoteCallOf(trace, row) {
  const server = trace.kindOf(row) === "client" ? serverSpanOf(trace, row) : row;
  const client = trace.parent[server] ?? -1;
  if (client < 0 || serverSpanOf(trace, client) !== server) return null;
  const likelyEnd = (/** @type {number} */ of) => trace.likelyStart(of) + trace.length[of];
  return {
    client,
    server,
    requestDelay: trace.likelyStart(server) - trace.likelyStart(client),
    responseDelay: likelyEnd(client) - likelyEnd(server),
  };
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} the only server span among a client span's children, or -1
 */
function serverSpanOf(trace, row) {
  if (row < 0 || trace.kindOf(row) !== "client") return -1;
  let server = -1;
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    if (trace.kindOf(child) !== "server") continue;
    if (server >= 0) return -1;
    server = child;
  }
  return server;
}

/**
 * Whether the kind of the span explains its time without child spans: a call waits for its callee, and a message is
 * sent without waiting.
 * @param {Trace} trace
 * @param {number} row
 */
export function waitsElsewhere(trace, row) {
  return trace.kindOf(row) === "producer" || remoteCallOf(trace, row) !== null;
}

/**
 * The called service: that of the first child in another service.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if the span is no call or the callee was not received
 */
export function calledService(trace, row) {
  const kind = trace.kindOf(row);
  if (kind !== "client" && kind !== "producer") return "";
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    if (trace.service[child] !== trace.service[row]) return trace.serviceOf(child);
  }
  return "";
}
