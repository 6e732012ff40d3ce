// Self time: what of a span's time none of its children covers. Linear in the number of spans.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace its children ordered by start
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
 * The stretches in which a span works itself, left to right, merged as far as `resolution` cannot tell them apart.
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
   * @param {number} stretchFrom
   * @param {number} stretchTo
   */
  function emit(stretchFrom, stretchTo) {
    if (openFrom >= 0 && stretchFrom - openTo < resolution) {
      openTo = stretchTo;
      return;
    }
    if (openFrom >= 0) visit(openFrom, openTo);
    openFrom = stretchFrom;
    openTo = stretchTo;
  }
}
