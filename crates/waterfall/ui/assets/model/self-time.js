// Where a span's self time lies. How much it is, and which children are detached, the server says (`trace.self`,
// `trace.detached`): the stretches found here add up to it. They are found by the likely clocks, and drawn where the
// span is shown.

import { callerOf } from "./likely-text.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {{ from: number, to: number }} Interval nanoseconds */

const NONE = /** @type {readonly number[]} */ (Object.freeze([]));

/**
 * The part of a span in which its parent waited for it, by the likely clocks: it is cut off at the parent's end,
 * unless it is detached.
 * @param {Trace} trace
 * @param {number} row
 * @returns {Interval}
 */
export function awaitedInterval(trace, row) {
  const path = [row];
  for (let above = awaitedBy(trace, row); above >= 0; above = awaitedBy(trace, above)) path.push(above);
  const top = path[path.length - 1];
  let interval = { from: trace.likelyStart(top), to: trace.likelyStart(top) + trace.length[top] };
  for (let at = path.length - 2; at >= 0; at -= 1) interval = within(trace, path[at], interval);
  return interval;
}

/**
 * The row that waited for a row: its parent, or what likely did above a missing parent.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} -1 if there is none
 */
function awaitedBy(trace, row) {
  if (trace.detached[row] === 1) return -1;
  return callerOf(trace, row);
}

/**
 * Visits the rows that a row waited for, by start.
 * @param {Trace} trace
 * @param {number} row
 * @param {(row: number) => void} visit
 */
function eachAwaited(trace, row, visit) {
  const { end, detached, placeholder } = trace;
  const likely = trace.likely.calleesOf.get(row) ?? NONE;
  let next = 0;
  for (let child = row + 1; child < end[row]; child = end[child]) {
    // What is below a placeholder is among those likely waited for.
    if (placeholder[child] === 1) continue;
    const start = trace.likelyStart(child);
    while (next < likely.length && trace.likelyStart(likely[next]) < start) visit(likely[next++]);
    if (detached[child] === 0) visit(child);
  }
  while (next < likely.length) visit(likely[next++]);
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @param {Interval} outer
 * @returns {Interval}
 */
function within(trace, row, outer) {
  const start = trace.likelyStart(row);
  const from = Math.min(Math.max(start, outer.from), outer.to);
  return { from, to: Math.min(Math.max(start + trace.length[row], from), outer.to) };
}

/**
 * Visits the stretches of self time from left to right, at the times that are shown; stretches closer than
 * `resolution` are merged.
 * @param {Trace} trace
 * @param {number} row
 * @param {number} resolution nanoseconds
 * @param {(from: number, to: number) => void} visit
 */
export function eachSelfInterval(trace, row, resolution, visit) {
  if (trace.placeholder[row] === 1) return;
  const own = awaitedInterval(trace, row);
  const shift = trace.shiftOf(row);
  let reached = own.from;
  let openFrom = -Infinity;
  let openTo = -Infinity;
  eachAwaited(trace, row, (child) => {
    const { from, to } = within(trace, child, own);
    if (from > reached) emit(reached, from);
    if (to > reached) reached = to;
  });
  if (own.to > reached) emit(reached, own.to);
  if (openFrom > -Infinity) visit(openFrom + shift, openTo + shift);

  /**
   * @param {number} from
   * @param {number} to
   */
  function emit(from, to) {
    if (openFrom > -Infinity && from - openTo < resolution) {
      openTo = to;
      return;
    }
    if (openFrom > -Infinity) visit(openFrom + shift, openTo + shift);
    openFrom = from;
    openTo = to;
  }
}

/**
 * The longest stretch of self time of a span that has children.
 * @param {Trace} trace
 * @param {number} row
 * @returns {Interval | null} null without children or without self time
 */
export function longestSelfInterval(trace, row) {
  if (trace.children[row] === 0) return null;
  /** @type {Interval | null} */
  let longest = null;
  eachSelfInterval(trace, row, 0, (from, to) => {
    if (longest === null || to - from > longest.to - longest.from) longest = { from, to };
  });
  return longest;
}
