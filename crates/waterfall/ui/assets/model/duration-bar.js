// The scale of the duration bars in the trace list: one for all rows, on which no bar is cut off.

import { formatTick } from "./duration.js";
import { LONG_UNITS } from "./duration-ticks.js";

/** With more between the shortest and the longest duration, a linear bar would show most of them as nothing. */
const MAX_LINEAR_RATIO = 50;
/** The shortest bar, as a share of the full one. */
const MIN_SHARE = 0.015;

/**
 * @typedef {object} DurationBarScale
 * @property {number} low nanoseconds at the left edge
 * @property {number} high nanoseconds at the right edge
 * @property {boolean} logarithmic
 */

/**
 * @param {readonly number[]} durations in nanoseconds
 * @returns {DurationBarScale} linear from 0, or logarithmic if the durations differ too much
 */
export function durationBarScale(durations) {
  let shortest = Infinity;
  let longest = 1;
  for (const duration of durations) {
    if (duration > 0) shortest = Math.min(shortest, duration);
    longest = Math.max(longest, duration);
  }
  const high = roundUp(longest);
  if (longest <= shortest * MAX_LINEAR_RATIO || shortest === Infinity) return { low: 0, high, logarithmic: false };
  return { low: 10 ** Math.floor(Math.log10(shortest)), high, logarithmic: true };
}

/**
 * @param {DurationBarScale} scale
 * @param {number} duration
 * @returns {number} share of the full bar
 */
export function barShare({ low, high, logarithmic }, duration) {
  const share = logarithmic ? Math.log(Math.max(duration, low) / low) / Math.log(high / low) : duration / high;
  return Math.min(1, Math.max(MIN_SHARE, share));
}

/**
 * @param {DurationBarScale} scale
 * @returns {string} `0–50 ms`, `1 µs–1 d, log scale`
 */
export function barScaleText({ low, high, logarithmic }) {
  return `${formatTick(low, low)}–${formatTick(high, high)}${logarithmic ? ", log scale" : ""}`;
}

/**
 * The next larger round duration, so that the scale rarely changes when traces arrive.
 * @param {number} duration
 */
function roundUp(duration) {
  const long = LONG_UNITS.find((unit) => unit >= duration);
  if (duration > 10e9 && long !== undefined) return long;
  const power = 10 ** Math.floor(Math.log10(duration));
  return [1, 2, 5].map((factor) => factor * power).find((round) => round >= duration) ?? 10 * power;
}
