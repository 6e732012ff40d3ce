// What percentages of self time refer to in every view: the self time of all spans of the trace. It exceeds the trace's
// duration (wall time) where spans run concurrently.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {number} nanoseconds
 */
export function totalSelfTime(trace, self) {
  let total = 0;
  for (let row = 0; row < trace.count; row += 1) if (trace.placeholder[row] !== 1) total += self[row];
  return total;
}
