// The service map of all stored traces, including uninstrumented peers.

import { noErrors } from "./error-outcome.js";
import { newNode, placeServices, withCycles } from "./service-columns.js";

/**
 * @param {import("./metrics.js").Metrics} metrics
 * @returns {import("./service-columns.js").ServiceGraph & { peers: import("./metrics.js").Peer[] }}
 */
export function serviceMap({ services, operations, calls }) {
  const named = [...services, ...operations.map(({ service }) => ({ name: service }))].map(({ name }) => ({
    name,
    kind: "service",
  }));
  const peers = new Map([...named, ...calls.flatMap(({ from, to }) => [from, to])].map((end) => [peerKey(end), end]));
  const places = new Map([...peers.keys()].map((key, place) => [key, place]));
  const placeOf = (/** @type {import("./metrics.js").Peer} */ end) => places.get(peerKey(end)) ?? 0;
  const nodes = [...peers.keys()].map((_, service) => newNode(service));
  for (const { service, spans, errors } of operations) {
    const node = nodes[placeOf({ name: service, kind: "service" })];
    node.spans += spans;
    node.errors += errors;
  }
  const edges = calls
    .map(({ from, to, byCaller, byCallee }) => ({
      from: placeOf(from),
      to: placeOf(to),
      ...noErrors(),
      calls: Math.max(byCaller?.spans ?? 0, byCallee?.spans ?? 0),
      errors: Math.max(byCaller?.errors ?? 0, byCallee?.errors ?? 0),
      time: 0,
      sides: { byCaller, byCallee },
    }))
    .filter(({ from, to }) => from !== to);
  const called = new Set(edges.map(({ to }) => to));
  const first = nodes.map(({ service }) => service).filter((service) => !called.has(service));
  const size = placeServices(nodes, edges, withCycles(nodes, edges, new Set(first)));
  return { nodes, edges, peers: [...peers.values()], ...size };
}

/** @param {import("./metrics.js").Peer} end */
function peerKey({ name, kind }) {
  return `${kind}\n${name}`;
}
