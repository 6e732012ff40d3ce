// Clock skew, as the server found it: on request the displayed times are adjusted to the root's clock.

import { Trace } from "./trace.js";

/** @typedef {import("./wire.js").WireRow} WireRow */

/**
 * How far a row's clock is ahead of its parent's.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} nanoseconds; 0 if the clocks agree, or nothing shows that they differ
 */
export function clockDifference(trace, row) {
  const parent = trace.parent[row] ?? -1;
  if (parent < 0 || trace.placeholder[parent] === 1) return 0;
  return (trace.ahead.get(row) ?? 0) - (trace.ahead.get(parent) ?? 0);
}

/**
 * The trace with all times by the root's clock; `adjustment` records the shift of each row.
 * @param {Trace} trace
 * @returns {Trace}
 */
export function correctClocks(trace) {
  if (trace.count === 0 || trace.ahead.size === 0) return trace;
  const moved = new Float64Array(trace.count);
  let first = Infinity;
  for (let row = 0; row < trace.count; row += 1) {
    // A placeholder has no clock of its own: it covers its children.
    moved[row] = 0 - (trace.ahead.get(trace.placeholder[row] === 1 ? row + 1 : row) ?? 0);
    first = Math.min(first, trace.start[row] + moved[row]);
  }
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
  corrected.clocks = trace.clocks;
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
    message: trace.messages.get(row),
    target: trace.targets.get(row),
    error: trace.unreached.get(row),
    root_cause: row === trace.rootCause ? trace.attempts : 0,
    missing_parent: trace.orphan[row] === 1,
    outside_parent: trace.outsideParents.has(row),
    ahead: trace.ahead.get(row),
    events: trace.events[row],
    links: trace.links[row],
    flags: [...trace.warningsOf(row)],
    placeholder: trace.placeholder[row] === 1,
  };
}
