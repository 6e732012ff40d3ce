// Clock skew, as the server found it. Every view takes its figures from here, so that all say the same.

import { formatDuration } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

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
 * What is known of the clock by which a row was reported, or of a start that no known skew explains.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "350 ms behind the root span's clock (±1.00 ms)"; empty if nothing is known
 */
export function clockText(trace, row) {
  const ahead = trace.ahead.get(row) ?? 0;
  if (ahead !== 0) {
    const amount = formatDuration(Math.abs(ahead));
    const known = trace.clocks.find((clock) => clock.ahead === ahead);
    const uncertainty = known ? ` (±${formatDuration(known.uncertainty)})` : "";
    const shown = trace.corrected ? `; shown ${amount} ${ahead > 0 ? "earlier" : "later"}` : "";
    return `${amount} ${ahead > 0 ? "ahead of" : "behind"} the root span's clock${uncertainty}${shown}`;
  }
  const parent = trace.parent[row] ?? -1;
  if (parent < 0 || trace.placeholder[parent] === 1 || trace.start[row] >= trace.start[parent]) return "";
  // Where the parent's clock differs, the skew is said of the parent.
  if (!trace.corrected && (trace.ahead.get(parent) ?? 0) !== 0) return "";
  return `starts ${formatDuration(trace.start[parent] - trace.start[row])} before its parent`;
}
