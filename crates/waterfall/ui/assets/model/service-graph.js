// Graph of calls between services, and a layout for it: columns by distance from the first caller.

import { queueWait } from "./asynchronous.js";
import { callerOf } from "./likely-text.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} ServiceNode
 * @property {number} service
 * @property {number} spans
 * @property {number} errors
 * @property {number} self nanoseconds
 * @property {number} column
 * @property {number} line row within the column, from 0
 */

/**
 * @typedef {object} ServiceEdge
 * @property {number} from service
 * @property {number} to service
 * @property {number} calls
 * @property {number} errors
 * @property {number} time sum of the called spans' durations in nanoseconds, without calls that were given up or
 *   asynchronous
 * @property {number} [detached] number of asynchronous calls: the caller did not wait
 * @property {number} [detachedTime] sum of their durations in nanoseconds
 * @property {number} [queued] number of messages that waited in a queue
 * @property {number} [queueTime] sum of these waits in nanoseconds
 * @property {number} [likely] number of calls that are likely only: a span between caller and callee was lost
 * @property {number} [givenUp] number of calls whose caller gave up before the answer
 * @property {number} [waited] sum of their callers' durations in nanoseconds
 * @property {import("./call-text.js").CallSides} [sides] what each side measured, over all traces
 */

/**
 * Whether a call failed, or its caller gave up.
 * @param {ServiceEdge} edge
 */
export function isFailing({ errors, givenUp = 0 }) {
  return errors > 0 || givenUp > 0;
}

/** @typedef {{ nodes: ServiceNode[], edges: ServiceEdge[], columns: number, lines: number }} ServiceGraph */

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {ServiceGraph}
 */
export function serviceGraph(trace, self) {
  /** @type {ServiceNode[]} */
  const nodes = trace.services.map((_, service) => ({ service, spans: 0, errors: 0, self: 0, column: -1, line: 0 }));
  /** @type {Map<number, ServiceEdge>} */
  const edges = new Map();
  const callers = new Set();
  const givenUp = new Map(trace.givenUp.map(({ server, waited }) => [server, waited]));
  for (let row = 0; row < trace.count; row += 1) {
    const to = trace.service[row];
    const node = nodes[to];
    if (!node || trace.placeholder[row] === 1) continue;
    node.spans += 1;
    node.self += self[row];
    const error = trace.isError(row) ? 1 : 0;
    node.errors += error;
    const caller = callerOf(trace, row);
    const from = caller < 0 ? -1 : trace.service[caller];
    if (from < 0) callers.add(to);
    if (from < 0 || from === to) continue;
    const key = from * nodes.length + to;
    const edge = edges.get(key) ?? { from, to, calls: 0, errors: 0, time: 0 };
    edge.calls += 1;
    edge.errors += error;
    if (caller !== trace.parent[row]) edge.likely = (edge.likely ?? 0) + 1;
    const waited = givenUp.get(row);
    if (waited !== undefined) {
      edge.givenUp = (edge.givenUp ?? 0) + 1;
      edge.waited = (edge.waited ?? 0) + waited;
    } else if (trace.detached[row] === 1) addDetached(edge, trace.length[row], queueWait(trace, row));
    else edge.time += trace.length[row];
    edges.set(key, edge);
  }
  const list = [...edges.values()];
  const size = place(nodes, list, callers);
  return { nodes: nodes.filter(({ spans }) => spans > 0), edges: list, ...size };
}

/**
 * The call to look at among those of an edge: the first failed one, or else the longest.
 * @param {Trace} trace
 * @param {ServiceEdge} edge
 * @returns {number} the row of the called span, or -1
 */
export function tellingCall(trace, { from, to }) {
  let longest = -1;
  for (let row = 0; row < trace.count; row += 1) {
    const parent = trace.parent[row];
    if (parent < 0 || trace.service[row] !== to || trace.service[parent] !== from) continue;
    if (trace.isError(row)) return row;
    if (longest < 0 || trace.length[row] > trace.length[longest]) longest = row;
  }
  return longest;
}

/**
 * @param {ServiceEdge} edge
 * @param {number} time
 * @param {number} wait nanoseconds in the queue
 */
function addDetached(edge, time, wait) {
  edge.detached = (edge.detached ?? 0) + 1;
  edge.detachedTime = (edge.detachedTime ?? 0) + time;
  if (wait <= 0) return;
  edge.queued = (edge.queued ?? 0) + 1;
  edge.queueTime = (edge.queueTime ?? 0) + wait;
}

/**
 * The service map of all stored traces, including uninstrumented peers.
 * @param {import("./metrics.js").Metrics} metrics
 * @returns {ServiceGraph & { peers: import("./metrics.js").Peer[] }}
 */
export function serviceMap({ services, operations, calls }) {
  const named = [...services, ...operations.map(({ service }) => ({ name: service }))].map(({ name }) => ({
    name,
    kind: "service",
  }));
  const peers = new Map([...named, ...calls.flatMap(({ from, to }) => [from, to])].map((end) => [peerKey(end), end]));
  const places = new Map([...peers.keys()].map((key, place) => [key, place]));
  const placeOf = (/** @type {import("./metrics.js").Peer} */ end) => places.get(peerKey(end)) ?? 0;
  const nodes = [...peers.keys()].map((_, service) => ({ service, spans: 0, errors: 0, self: 0, column: -1, line: 0 }));
  for (const { service, spans, errors } of operations) {
    const node = nodes[placeOf({ name: service, kind: "service" })];
    node.spans += spans;
    node.errors += errors;
  }
  const edges = calls
    .map(({ from, to, byCaller, byCallee }) => ({
      from: placeOf(from),
      to: placeOf(to),
      calls: Math.max(byCaller?.spans ?? 0, byCallee?.spans ?? 0),
      errors: Math.max(byCaller?.errors ?? 0, byCallee?.errors ?? 0),
      time: 0,
      sides: { byCaller, byCallee },
    }))
    .filter(({ from, to }) => from !== to);
  const called = new Set(edges.map(({ to }) => to));
  const first = nodes.map(({ service }) => service).filter((service) => !called.has(service));
  const size = place(nodes, edges, withCycles(nodes, edges, new Set(first)));
  return { nodes, edges, peers: [...peers.values()], ...size };
}

/**
 * The first callers, and one service of each cycle that none of them reaches.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
function withCycles(nodes, edges, callers) {
  const all = new Set(callers);
  let reached = distancesFrom(edges, all);
  for (const { service } of nodes) {
    if (reached.has(service)) continue;
    all.add(service);
    reached = distancesFrom(edges, all);
  }
  return all;
}

/** @param {import("./metrics.js").Peer} end */
function peerKey({ name, kind }) {
  return `${kind}\n${name}`;
}

/**
 * Columns by the longest path from a first caller, ignoring back edges; rows by the mean row of the callers.
 * @param {ServiceNode[]} nodes
 * @param {ServiceEdge[]} edges
 * @param {Set<number>} callers
 */
function place(nodes, edges, callers) {
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
