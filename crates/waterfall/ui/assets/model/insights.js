// What to look at first in a trace: the span with the most time, a wait that is longer, and the errors.

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./waits.js").Idle} Idle */

/**
 * @typedef {object} Insights
 * @property {number} slowest the row with the most time on the critical path, as the server found it, or -1
 * @property {number} slowestTime that time in nanoseconds
 * @property {Idle | null} wait the longest stretch in which nothing ran, if it is longer
 * @property {number} focus the row to look at first for time: the one that ended that wait, or the slowest, or -1
 * @property {ReadonlySet<number>} mostTime the rows that have the most time: of several attempts, each
 * @property {Int32Array} errors all rows with status error, ascending
 */

/**
 * @param {Trace} trace
 * @returns {Insights}
 */
export function traceInsights(trace) {
  const errors = new Int32Array(trace.errors);
  let found = 0;
  for (let row = 0; row < trace.count; row += 1) {
    if (!trace.isError(row)) continue;
    errors[found] = row;
    found += 1;
  }
  const slowest = trace.mostTime?.row ?? -1;
  const slowestTime = trace.mostTime?.time ?? 0;
  const wait = longestWait(trace, slowestTime);
  return { slowest, slowestTime, wait, focus: wait?.after ?? slowest, mostTime: new Set(trace.mostTime?.rows), errors };
}

/**
 * @param {Trace} trace
 * @param {number} atLeast nanoseconds
 */
function longestWait({ idle }, atLeast) {
  const length = (/** @type {Idle} */ stretch) => stretch.to - stretch.from;
  return idle.reduce(
    (longest, stretch) => length(stretch) > (longest ? length(longest) : atLeast) ? stretch : longest,
    /** @type {Idle | null} */ (null),
  );
}
