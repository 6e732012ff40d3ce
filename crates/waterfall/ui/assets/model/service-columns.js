// Places services in columns by the longest path from a first caller, and in rows near their callers.

import { noErrors } from "./error-outcome.js";
import { components, distancesFrom, nextNodes, postorder, previousNodes } from "./graph-paths.js";

/** @typedef {import("./service-calls.js").ServiceEdge} ServiceEdge */

/**
 * @typedef {object} NodeTotals
 * @property {number} service
 * @property {number} spans
 * @property {number} self nanoseconds
 * @property {number} column
 * @property {number} line row within the column, from 0
 */
/** @typedef {NodeTotals & import("./error-outcome.js").ErrorCounts} ServiceNode */

/** @typedef {{ nodes: ServiceNode[], edges: ServiceEdge[], columns: number, lines: number }} ServiceGraph */

/**
 * @param {number} service
 * @returns {ServiceNode} not placed yet
 */
export function newNode(service) {
  return { service, spans: 0, ...noErrors(), self: 0, column: -1, line: 0 };
}

/**
 * Columns by the longest path from a first caller, ignoring back edges; rows by the mean row of the callers.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
export function placeServices(nodes, edges, callers) {
  placeColumns(nodes, edges, callers);
  const callersOf = previousNodes(nodes.length, edges);
  let lines = 0;
  const columns = byColumn(nodes);
  for (const members of columns) {
    const wishes = new Map(members.map((node) => [node, meanLine(nodes, callersOf[node.service], node)]));
    members.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0) || b.self - a.self);
    members.forEach((node, line) => {
      node.line = line;
    });
    lines = Math.max(lines, members.length);
  }
  return { columns: columns.length, lines };
}

/**
 * The first callers, and one service of each cycle that none of them reaches.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
export function withCycles(nodes, edges, callers) {
  const all = new Set(callers);
  const callees = nextNodes(nodes.length, edges);
  const reached = new Set(callers);
  const pending = [...callers];
  const reach = (/** @type {number} */ service) => {
    if (reached.has(service)) return;
    reached.add(service);
    pending.push(service);
  };
  const spread = () => {
    for (let service = pending.pop(); service !== undefined; service = pending.pop()) callees[service].forEach(reach);
  };
  spread();
  for (const { service } of nodes) {
    if (reached.has(service)) continue;
    all.add(service);
    reach(service);
    spread();
  }
  return all;
}

/**
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
function placeColumns(nodes, edges, callers) {
  for (const service of callers) nodes[service].column = 0;
  const callees = nextNodes(nodes.length, forwardEdges(nodes.length, edges, callers));
  // Without back edges there is no cycle: each service comes after its callers.
  for (const service of postorder(callees).reverse()) {
    const { column } = nodes[service];
    if (column < 0) continue;
    for (const callee of callees[service]) nodes[callee].column = Math.max(nodes[callee].column, column + 1);
  }
}

/**
 * The services of each column, in the order of `nodes`. No column is empty, as the longest path to a service passes all
 * columns before its own.
 * @param {ServiceNode[]} nodes
 */
function byColumn(nodes) {
  /** @type {ServiceNode[][]} */
  const columns = Array.from({ length: 1 + nodes.reduce((most, { column }) => Math.max(most, column), -1) }, () => []);
  for (const node of nodes) columns[node.column]?.push(node);
  return columns;
}

/**
 * Mean row of the callers in earlier columns.
 * @param {ServiceNode[]} nodes
 * @param {readonly number[]} callers
 * @param {ServiceNode} node
 */
function meanLine(nodes, callers, node) {
  const above = callers.filter((caller) => nodes[caller].column < node.column);
  return above.length === 0 ? 0 : above.reduce((sum, caller) => sum + nodes[caller].line, 0) / above.length;
}

/**
 * The edges that close no cycle. One that does leads nearer to a first caller.
 * @param {number} count of services
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
function forwardEdges(count, edges, callers) {
  const callees = nextNodes(count, edges);
  const cycles = components(callees, previousNodes(count, edges));
  const distances = distancesFrom(callees, callers);
  return edges.filter(({ from, to }) => {
    if (cycles[from] !== cycles[to]) return true;
    return distances[to] > distances[from] || (distances[to] === distances[from] && to > from);
  });
}
