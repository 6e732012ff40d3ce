// Self time: the part of a span's duration that no child covers. Linear in the number of spans.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace with children ordered by start
 * @returns {Float64Array} nanoseconds by row
 */
export function selfTimes(trace) {
  const { count, start, length, end, placeholder } = trace;
  const self = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    if (placeholder[row] === 1) continue;
    const from = start[row];
    const to = from + length[row];
    let covered = 0;
    let reached = from;
    for (let child = row + 1; child < end[row]; child = end[child]) {
      const childFrom = Math.max(start[child], reached);
      const childTo = Math.min(start[child] + length[child], to);
      if (childTo <= childFrom) continue;
      covered += childTo - childFrom;
      reached = childTo;
    }
    self[row] = length[row] - covered;
  }
  return self;
}

/**
 * Visits the intervals of self time from left to right; intervals closer than `resolution` are merged.
 * @param {Trace} trace
 * @param {number} row
 * @param {number} resolution nanoseconds
 * @param {(from: number, to: number) => void} visit
 */
export function eachSelfInterval(trace, row, resolution, visit) {
  const { start, length, end, placeholder } = trace;
  if (placeholder[row] === 1) return;
  const to = start[row] + length[row];
  let reached = start[row];
  let openFrom = -1;
  let openTo = -1;
  for (let child = row + 1; child < end[row]; child = end[child]) {
    const childFrom = Math.min(start[child], to);
    const childTo = Math.min(start[child] + length[child], to);
    if (childFrom > reached) emit(reached, childFrom);
    if (childTo > reached) reached = childTo;
  }
  if (to > reached) emit(reached, to);
  if (openFrom >= 0) visit(openFrom, openTo);

  /**
   * @param {number} intervalFrom
   * @param {number} intervalTo
   */
  function emit(intervalFrom, intervalTo) {
    if (openFrom >= 0 && intervalFrom - openTo < resolution) {
      openTo = intervalTo;
      return;
    }
    if (openFrom >= 0) visit(openFrom, openTo);
    openFrom = intervalFrom;
    openTo = intervalTo;
  }
}
