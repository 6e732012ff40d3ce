// Histogram of trace durations, on the same logarithmic scale as the scatter plot.

import { hasFailed } from "./trace-list.js";

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */
/** @typedef {import("./scatter.js").DurationScale} DurationScale */

/**
 * @typedef {object} Bin
 * @property {number} low nanoseconds
 * @property {number} high
 * @property {number} count
 * @property {number} failed
 */

/**
 * @param {readonly TraceSummary[]} traces
 * @param {DurationScale} scale
 * @param {number} bins
 * @returns {Bin[]} shortest duration first
 */
export function histogram(traces, scale, bins) {
  const step = (scale.high - scale.low) / bins;
  const result = Array.from(
    { length: bins },
    (_, at) => ({ low: 10 ** (scale.low + at * step), high: 10 ** (scale.low + (at + 1) * step), count: 0, failed: 0 }),
  );
  for (const trace of traces) {
    const { duration } = trace;
    const at = Math.floor((Math.log10(Math.max(duration, 1)) - scale.low) / step);
    const bin = result[Math.min(Math.max(0, at), bins - 1)];
    bin.count += 1;
    if (hasFailed(trace)) bin.failed += 1;
  }
  return result;
}

/**
 * Replaces the bounds of trace.duration in a query by those of a bin.
 * @param {string} query
 * @param {Bin} bin
 */
export function withDuration(query, { low, high }) {
  const rest = query.replace(/(^|\s)trace\.duration(>=|<=|>|<)\S*/g, " ").replace(/\s+/g, " ").trim();
  return `${rest} trace.duration>=${Math.floor(low)}ns trace.duration<${Math.ceil(high)}ns`.trim();
}
