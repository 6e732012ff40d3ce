// Clocks of different machines differ, and a trace shows it: a service seems to answer before it was asked, or after
// its answer had arrived. What came is shown as it came. On request each such subtree is moved to where it must have
// been: into the middle of the call that it answers. Only what cannot have happened counts: a server that outlives its
// caller may well have, after a timeout.

import { Trace } from "./trace.js";

/** @typedef {import("./trace.js").WireRow} WireRow */

/**
 * How far a span would have to move to lie where its parent's clock can have seen it.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} nanoseconds, later where positive; 0 where nothing speaks against the two clocks
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
 * @returns {Map<number, number>} by service, the farthest that one of its spans is off
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
 * The same trace by its root's clock. `moved` of the new trace says of each row how far.
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
 * Preorder with the children of each row by a time.
 * @param {Trace} trace
 * @param {(row: number) => number} time
 * @returns {number[]}
 */
function inOrder(trace, time) {
  const order = [];
  const pending = siblingsFrom(trace, 0, trace.count, time);
  for (let row = pending.pop(); row !== undefined; row = pending.pop()) {
    order.push(row);
    // One by one: a parent may have more children than a call takes arguments.
    for (const child of siblingsFrom(trace, row + 1, trace.end[row], time)) pending.push(child);
  }
  return order;
}

/**
 * @param {Trace} trace
 * @param {number} from
 * @param {number} to
 * @param {(row: number) => number} time
 * @returns {number[]} latest first: the last is taken first
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
