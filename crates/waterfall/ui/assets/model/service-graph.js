// The services of a trace, and the calls between them.

import { countError } from "./error-outcome.js";
import { callerOf } from "./likely-text.js";
import { addCall, noCalls } from "./service-calls.js";
import { newNode, placeServices } from "./service-columns.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./service-columns.js").ServiceGraph} ServiceGraph */

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {ServiceGraph}
 */
export function serviceGraph(trace, self) {
  const nodes = trace.services.map((_, service) => newNode(service));
  /** @type {Map<number, ReturnType<typeof noCalls>>} */
  const edges = new Map();
  const callers = new Set();
  for (let row = 0; row < trace.count; row += 1) {
    const to = trace.service[row];
    const node = nodes[to];
    if (!node || trace.placeholder[row] === 1) continue;
    node.spans += 1;
    node.self += self[row];
    countError(node, trace, row);
    const caller = callerOf(trace, row);
    const from = caller < 0 ? -1 : trace.service[caller];
    if (from < 0) callers.add(to);
    if (from < 0 || from === to) continue;
    const key = from * nodes.length + to;
    const edge = edges.get(key) ?? noCalls(from, to);
    addCall(edge, trace, row);
    if (caller !== trace.parent[row]) edge.likely += 1;
    edges.set(key, edge);
  }
  const list = [...edges.values()];
  const size = placeServices(nodes, list, callers);
  return { nodes: nodes.filter(({ spans }) => spans > 0), edges: list, ...size };
}
