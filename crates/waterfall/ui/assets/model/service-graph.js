// The services of a trace, and the calls between them.

import { countError } from "./error-outcome.js";
import { callerOf } from "./likely-text.js";
import { addCall, addCallToPeer, noCalls } from "./service-calls.js";
import { newNode, placeServices } from "./service-columns.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./service-columns.js").ServiceGraph} ServiceGraph */
/** @typedef {import("./metrics.js").Peer} Peer */

/**
 * The services of a trace, and the peers of calls that have no span in it.
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {ServiceGraph & { peers: Peer[] }} `peers` by service
 */
export function serviceGraph(trace, self) {
  const peers = [...trace.services.map((name) => ({ name, kind: "service" })), ...trace.peers];
  const nodes = peers.map((_, service) => newNode(service));
  /** @type {Map<number, ReturnType<typeof noCalls>>} */
  const edges = new Map();
  const callers = new Set();
  const edgeBetween = (/** @type {number} */ from, /** @type {number} */ to) => {
    const key = from * nodes.length + to;
    const edge = edges.get(key) ?? noCalls(from, to);
    edges.set(key, edge);
    return edge;
  };
  for (let row = 0; row < trace.count; row += 1) {
    const to = trace.service[row];
    const node = nodes[to];
    if (!node || trace.placeholder[row] === 1) continue;
    node.spans += 1;
    node.self += self[row];
    countError(node, trace, row);
    const peer = trace.peerOf.get(row);
    if (peer !== undefined) addCallToPeer(edgeBetween(to, trace.services.length + peer), trace, row);
    const caller = callerOf(trace, row);
    const from = caller < 0 ? -1 : trace.service[caller];
    if (from < 0) callers.add(to);
    if (from < 0 || from === to) continue;
    const edge = edgeBetween(from, to);
    addCall(edge, trace, row);
    if (caller !== trace.parent[row]) edge.likely += 1;
  }
  const list = [...edges.values()];
  const size = placeServices(nodes, list, callers);
  const called = new Set(list.map(({ to }) => to));
  return { nodes: nodes.filter(({ spans, service }) => spans > 0 || called.has(service)), edges: list, peers, ...size };
}
