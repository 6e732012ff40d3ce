// Clock skew, as the server found it. Every view takes its figures from here, so that all say the same.

import { formatDuration } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./trace.js").Clock} Clock */

const MAX_NAMED = 3;

/**
 * The clocks that differ from the root span's, as surely as that is known.
 * @param {readonly Clock[]} clocks
 * @returns {string} such as "Clock skew: stock 300 ms behind (±1.50 ms), likely mail 2.30 s ahead (±10.0 ms)"
 */
export function skewSummary(clocks) {
  const someCertain = clocks.some(({ isCertain }) => isCertain);
  const named = clocks.slice(0, MAX_NAMED).map((clock) =>
    someCertain && !clock.isCertain ? `likely ${offsetText(clock)}` : offsetText(clock)
  );
  const more = clocks.length > named.length ? ` and ${clocks.length - named.length} more` : "";
  return `${skewTerm(someCertain)}: ${named.join(", ")}${more}`;
}

/** @param {Clock} clock */
function offsetText({ services, replica, ahead, uncertainty }) {
  const whose = [services.join(" and "), replica].filter(Boolean).join(" ");
  const difference = `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`;
  return `${whose} ${difference} (±${formatDuration(uncertainty)})`;
}

/** @param {boolean} isCertain */
export function skewTerm(isCertain) {
  return isCertain ? "Clock skew" : "Likely clock skew";
}

/**
 * Whether the clock of a row differs for certain, as far as it differs.
 * @param {Trace} trace
 * @param {number} row
 */
export function isSkewCertain(trace, row) {
  return clockOf(trace, row)?.isCertain ?? true;
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {Clock | undefined}
 */
function clockOf(trace, row) {
  const ahead = trace.ahead.get(row) ?? 0;
  return ahead === 0 ? undefined : trace.clocks.find((clock) => clock.ahead === ahead);
}

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
 * The mark of a row whose clock differs from its parent's.
 * @param {Trace} trace
 * @param {number} row
 * @returns {{ text: string, title: string } | null} null if the clocks agree, or the times are adjusted already
 */
export function skewMark(trace, row) {
  const difference = trace.corrected ? 0 : clockDifference(trace, row);
  if (difference === 0) return null;
  const text = `clock ${difference > 0 ? "+" : "−"}${formatDuration(Math.abs(difference))}`;
  if (isSkewCertain(trace, row) && isSkewCertain(trace, trace.parent[row])) {
    return { text, title: "Clock skew: these times are impossible relative to the caller. Press a to adjust them" };
  }
  const title = "Likely clock skew: the call seems to begin after it was answered. Press a to adjust the times";
  return { text: `likely ${text}`, title };
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
    const known = clockOf(trace, row);
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
