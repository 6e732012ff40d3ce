// Clock skew between services: detection, and on request an adjustment of the displayed times.
// A span counts as skewed only if its times are impossible: it starts before its caller started, or after its caller
// had the response. A server span that outlives its caller is possible (a timeout) and is left alone. The adjustment
// moves a skewed subtree so that its root is centered in the client span.

import { Trace } from "./trace.js";

/** @typedef {import("./wire.js").WireRow} WireRow */

/**
 * How far to move a span so that it fits its parent's clock.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} nanoseconds, positive to move later; 0 if the times are possible
 */
export function clockSkew(trace, row) {
  const parent = trace.parent[row] ?? -1;
  if (parent < 0 || trace.placeholder[parent] === 1 || trace.service[parent] === trace.service[row]) return 0;
  const early = trace.start[row] < trace.start[parent];
  const answered = trace.kindOf(parent) === "client" && trace.kindOf(row) === "server" && !trace.isError(parent);
  const late = answered && trace.start[row] > trace.endOf(parent);
  if (!early && !late) return 0;
  const room = trace.kindOf(parent) === "client" ? Math.max(0, trace.length[parent] - trace.length[row]) / 2 : 0;
  return Math.round(trace.start[parent] + room - trace.start[row]);
}

/**
 * @param {Trace} trace
 * @returns {Map<number, number>} the largest skew by service index
 */
export function skewedServices(trace) {
  /** @type {Map<number, number>} */
  const skewed = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    const skew = clockSkew(trace, row);
    if (Math.abs(skew) > Math.abs(skewed.get(trace.service[row]) ?? 0)) skewed.set(trace.service[row], skew);
  }
  return skewed;
}

/**
 * The trace with skewed subtrees moved to the root's clock; `adjustment` records the shift of each row.
 * @param {Trace} trace
 * @returns {Trace}
 */
export function correctClocks(trace) {
  const moved = new Float64Array(trace.count);
  let first = Infinity;
  for (let row = 0; row < trace.count; row += 1) {
    const parent = trace.parent[row];
    moved[row] = (parent < 0 ? 0 : moved[parent]) + clockSkew(trace, row);
    first = Math.min(first, trace.start[row] + moved[row]);
  }
  if (trace.count === 0 || moved.every((by) => by === 0)) return trace;
  const order = inOrder(trace, (row) => trace.start[row] + moved[row]);
  const rows = order.map((row) => ({ ...wireOf(trace, row), start: trace.start[row] + moved[row] - first }));
  const corrected = new Trace(
    trace.id,
    trace.startNano + BigInt(first),
    trace.version,
    trace.services,
    trace.missing,
    rows,
  );
  corrected.origin = first;
  corrected.adjustment = Float64Array.from(order, (row) => moved[row]);
  return corrected;
}

/**
 * Rows in preorder, children ordered by the given time.
 * @param {Trace} trace
 * @param {(row: number) => number} time
 * @returns {number[]}
 */
function inOrder(trace, time) {
  const order = [];
  const pending = siblingsFrom(trace, 0, trace.count, time);
  for (let row = pending.pop(); row !== undefined; row = pending.pop()) {
    order.push(row);
    // Pushed one by one: a spread call would exceed the argument limit for very wide parents.
    for (const child of siblingsFrom(trace, row + 1, trace.end[row], time)) pending.push(child);
  }
  return order;
}

/**
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 * @param {(row: number) => number} time
 * @returns {number[]} latest first, to be popped from the end
 */
function siblingsFrom(trace, from, to, time) {
  const siblings = [];
  for (let row = from; row < to; row = trace.end[row]) siblings.push(row);
  return siblings.sort((a, b) => time(b) - time(a) || b - a);
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {WireRow}
 */
function wireOf(trace, row) {
  return {
    id: trace.ids[row],
    parent: trace.parentIds[row],
    occurrence: trace.occurrences.get(row) ?? 0,
    service: trace.service[row],
    name: trace.names[row],
    kind: trace.kindOf(row),
    duration: trace.length[row],
    depth: trace.depth[row],
    status: trace.statusOf(row),
    note: trace.notes[row],
    missing_parent: trace.orphan[row] === 1,
    events: trace.events[row],
    links: trace.links[row],
    flags: [...trace.warningsOf(row)],
    placeholder: trace.placeholder[row] === 1,
  };
}
