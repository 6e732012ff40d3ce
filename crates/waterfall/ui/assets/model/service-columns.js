// Places services in columns by the longest path from a first caller, and in rows near their callers.

import { noErrors } from "./error-outcome.js";

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
  const forward = edges.filter((edge) => !isBackward(edges, callers, edge));
  for (const service of callers) nodes[service].column = 0;
  // A path visits each service at most once, so this many rounds settle all columns.
  for (let round = 0, moved = true; moved && round < nodes.length; round += 1) {
    moved = false;
    for (const { from, to } of forward) {
      if (nodes[from].column < 0 || nodes[to].column > nodes[from].column) continue;
      nodes[to].column = nodes[from].column + 1;
      moved = true;
    }
  }
  let lines = 0;
  const used = [...new Set(nodes.filter(({ column }) => column >= 0).map(({ column }) => column))].sort((a, b) =>
    a - b
  );
  for (const [column, before] of used.entries()) {
    const members = nodes.filter((node) => node.column === before);
    for (const node of members) node.column = column;
    const wishes = new Map(members.map((node) => [node, meanLine(nodes, edges, node)]));
    members.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0) || b.self - a.self);
    members.forEach((node, line) => {
      node.line = line;
    });
    lines = Math.max(lines, members.length);
  }
  return { columns: used.length, lines };
}

/**
 * The first callers, and one service of each cycle that none of them reaches.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
export function withCycles(nodes, edges, callers) {
  const all = new Set(callers);
  let reached = distancesFrom(edges, all);
  for (const { service } of nodes) {
    if (reached.has(service)) continue;
    all.add(service);
    reached = distancesFrom(edges, all);
  }
  return all;
}

/**
 * Mean row of the callers in earlier columns.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {ServiceNode} node
 */
function meanLine(nodes, edges, node) {
  const above = edges.filter(({ from, to }) => to === node.service && nodes[from].column < node.column).map((
    { from },
  ) => nodes[from].line);
  return above.length === 0 ? 0 : above.reduce((sum, line) => sum + line, 0) / above.length;
}

/**
 * Whether an edge closes a cycle: its callee is nearer to a first caller.
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 * @param {ServiceEdge} edge
 */
function isBackward(edges, callers, edge) {
  if (!reaches(edges, edge.to, edge.from)) return false;
  const distances = distancesFrom(edges, callers);
  const from = distances.get(edge.from) ?? Infinity;
  const to = distances.get(edge.to) ?? Infinity;
  return to < from || (to === from && edge.to < edge.from);
}

/**
 * @param {ServiceEdge[]} edges
 * @param {number} start
 * @param {number} goal
 */
function reaches(edges, start, goal) {
  return distancesFrom(edges, new Set([start])).has(goal);
}

/**
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} starts
 * @returns {Map<number, number>} calls from the nearest start, by service
 */
function distancesFrom(edges, starts) {
  const distances = new Map([...starts].map((service) => [service, 0]));
  const pending = [...starts];
  for (let service = pending.shift(); service !== undefined; service = pending.shift()) {
    for (const { from, to } of edges) {
      if (from !== service || distances.has(to)) continue;
      distances.set(to, (distances.get(service) ?? 0) + 1);
      pending.push(to);
    }
  }
  return distances;
}
