// Gaps: stretches of a trace in which none of its spans runs. A notification that is delivered seconds after the request
// leaves one; so does a queue. Long ones are worth a word, since nothing in the rows says why nothing happened.

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {{ from: number, to: number }} Interval nanoseconds from the start of the trace */

/** A shorter share of the trace is no gap that anyone sees. */
const MIN_SHARE = 0.02;

/**
 * @param {Trace} trace
 * @returns {Interval[]} from left to right
 */
export function idleIntervals(trace) {
  const least = trace.duration * MIN_SHARE;
  const rows = new Uint32Array(trace.count);
  let count = 0;
  // Only what reaches further than everything before it can end a gap: the roots, and what outlives its parent.
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
    if (trace.start[row] - reached > least) idle.push({ from: reached, to: trace.start[row] });
    reached = Math.max(reached, trace.endOf(row));
  }
  return idle;
}

/**
 * The longest stretch in which a span works and none of its children does.
 * @param {Trace} trace
 * @param {number} row
 * @returns {Interval | null} null where it has no child, or never works itself
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
