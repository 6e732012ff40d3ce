// A time axis that cuts out long stretches without traces, so that one old trace does not squeeze all others together.

/** A stretch is cut out if it is this part of the time shown. */
const LONG_SHARE = 0.5;
const MAX_BREAKS = 3;
/** Width of the mark of a cut. */
export const BREAK_PX = 16;
/** What stands before and after a cut has at least this width. */
const MIN_PART_PX = 26;

/**
 * @typedef {object} BrokenTime
 * @property {(time: bigint) => number} place of a start, in pixels
 * @property {{ x: number, length: number }[]} breaks left edge in pixels, and nanoseconds cut out
 */

/**
 * @param {readonly bigint[]} starts nanoseconds
 * @param {number} left
 * @param {number} right
 * @returns {BrokenTime}
 */
export function brokenTime(starts, left, right) {
  const sorted = [...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const cuts = longStretches(sorted);
  const edges = [0, ...cuts, sorted.length];
  const parts = edges.slice(1).map((end, at) => ({ first: sorted[edges[at]] ?? 0n, last: sorted[end - 1] ?? 0n }));
  const lengths = parts.map(({ first, last }) => Number(last - first));
  const total = lengths.reduce((sum, length) => sum + length, 0) || 1;
  const least = parts.length > 1 ? MIN_PART_PX : 0;
  const room = right - left - (parts.length - 1) * BREAK_PX - parts.length * least;
  let x = left;
  const placed = parts.map((part, at) => {
    const width = least + (lengths[at] / total) * room;
    const here = { ...part, length: lengths[at] || 1, x, width };
    x += width + BREAK_PX;
    return here;
  });
  return {
    place(time) {
      const part = placed.find(({ last }) => time <= last) ?? placed[placed.length - 1];
      return part ? part.x + (Number(time - part.first) / part.length) * part.width : left;
    },
    breaks: placed.slice(1).map(({ first, x: start }, at) => ({
      x: start - BREAK_PX,
      length: Number(first - (parts[at]?.last ?? first)),
    })),
  };
}

/**
 * @param {readonly bigint[]} sorted
 * @returns {number[]} indexes of the starts after a stretch to cut out, ascending
 */
function longStretches(sorted) {
  const gaps = sorted.slice(1).map((start, at) => ({ index: at + 1, gap: Number(start - sorted[at]) }))
    .sort((a, b) => b.gap - a.gap);
  let total = Number((sorted.at(-1) ?? 0n) - (sorted[0] ?? 0n));
  const cuts = [];
  for (const { index, gap } of gaps.slice(0, sorted.length > 2 ? MAX_BREAKS : 0)) {
    if (gap <= total * LONG_SHARE) break;
    cuts.push(index);
    total -= gap;
  }
  return cuts.sort((a, b) => a - b);
}
