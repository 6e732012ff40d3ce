// Idle intervals: of a trace, those in which no span is active (such as the time a message spends in a queue); of a
// span, those without an active child.

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {{ from: number, to: number }} Interval nanoseconds from the start of the trace */

/** Shorter intervals, as a share of the trace, are not reported. */
const MIN_SHARE = 0.02;

/**
 * @param {Trace} trace
 * @returns {Interval[]} from left to right
 */
export function idleIntervals(trace) {
  const minLength = trace.duration * MIN_SHARE;
  const rows = new Uint32Array(trace.count);
  let count = 0;
  // Only roots and spans that extend beyond their parent can bound an idle interval.
  for (let row = 0; row < trace.count; row += 1) {
    const parent = trace.parent[row];
    if (trace.placeholder[row] === 1) continue;
    if (
      parent < 0 || trace.placeholder[parent] === 1 || trace.endOf(row) > trace.endOf(parent) ||
      trace.start[row] < trace.start[parent]
    ) rows[count++] = row;
  }
  const spans = rows.subarray(0, count).sort((a, b) => trace.start[a] - trace.start[b]);
  /** @type {Interval[]} */
  const idle = [];
  let reached = spans.length > 0 ? trace.start[spans[0]] : 0;
  for (const row of spans) {
    if (trace.start[row] - reached > minLength) idle.push({ from: reached, to: trace.start[row] });
    reached = Math.max(reached, trace.endOf(row));
  }
  return idle;
}

/**
 * The longest interval of self time of a span that has children.
 * @param {Trace} trace
 * @param {number} row
 * @returns {Interval | null} null without children or without self time
 */
export function longestSelfInterval(trace, row) {
  if (trace.children[row] === 0 || trace.placeholder[row] === 1) return null;
  const end = trace.endOf(row);
  let reached = trace.start[row];
  let longest = { from: reached, to: reached };
  const take = (/** @type {number} */ to) => {
    if (to - reached > longest.to - longest.from) longest = { from: reached, to };
  };
  for (let child = row + 1; child < trace.end[row] && reached < end; child = trace.end[child]) {
    take(Math.min(trace.start[child], end));
    reached = Math.max(reached, trace.endOf(child));
  }
  take(end);
  return longest.to > longest.from ? longest : null;
}
