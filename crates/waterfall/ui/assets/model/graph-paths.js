// Paths in a directed graph. Nodes are numbers from 0; `next` has the nodes to which the edges of each node lead. Every
// function takes time that is linear in nodes and edges.

/** @typedef {{ from: number, to: number }} Edge */

/**
 * The nodes to which the edges of each node lead.
 * @param {number} count of nodes
 * @param {readonly Edge[]} edges
 */
export function nextNodes(count, edges) {
  const next = Array.from({ length: count }, () => /** @type {number[]} */ ([]));
  for (const { from, to } of edges) next[from].push(to);
  return next;
}

/**
 * The nodes from which the edges of each node come.
 * @param {number} count of nodes
 * @param {readonly Edge[]} edges
 */
export function previousNodes(count, edges) {
  return nextNodes(count, edges.map(({ from, to }) => ({ from: to, to: from })));
}

/**
 * Edges from the nearest start.
 * @param {readonly number[][]} next
 * @param {Iterable<number>} starts
 * @returns {Float64Array} by node; infinite if none leads there
 */
export function distancesFrom(next, starts) {
  const distances = new Float64Array(next.length).fill(Infinity);
  const reached = [...starts];
  for (const start of reached) distances[start] = 0;
  for (let at = 0; at < reached.length; at += 1) {
    for (const to of next[reached[at]]) {
      if (distances[to] < Infinity) continue;
      distances[to] = distances[reached[at]] + 1;
      reached.push(to);
    }
  }
  return distances;
}

/**
 * All nodes, each before those from which its edges come, unless they are in a cycle.
 * @param {readonly number[][]} next
 * @returns {number[]}
 */
export function postorder(next) {
  /** @type {number[]} */
  const order = [];
  const isSeen = new Uint8Array(next.length);
  /** Edges of each node that were followed. */
  const followed = new Uint32Array(next.length);
  for (let start = 0; start < next.length; start += 1) {
    const path = isSeen[start] === 1 ? [] : [start];
    isSeen[start] = 1;
    while (path.length > 0) {
      const node = path[path.length - 1];
      const to = next[node][followed[node]];
      followed[node] += 1;
      if (to === undefined) {
        order.push(node);
        path.pop();
      } else if (isSeen[to] === 0) {
        isSeen[to] = 1;
        path.push(to);
      }
    }
  }
  return order;
}

/**
 * Nodes that reach each other have the same number (Kosaraju).
 * @param {readonly number[][]} next
 * @param {readonly number[][]} previous
 * @returns {Int32Array} by node
 */
export function components(next, previous) {
  const component = new Int32Array(next.length).fill(-1);
  for (const root of postorder(next).reverse()) {
    if (component[root] >= 0) continue;
    component[root] = root;
    const pending = [root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (const other of previous[node]) {
        if (component[other] >= 0) continue;
        component[other] = root;
        pending.push(other);
      }
    }
  }
  return component;
}
