// Scatter plot layout: time from left to right without long empty stretches, duration upwards on a logarithmic scale.

import { brokenTime } from "./broken-time.js";
import { roundDurations } from "./duration-ticks.js";

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Plot */
/** @typedef {{ trace: TraceSummary, x: number, y: number, radius: number }} Dot */
/** @typedef {{ low: number, high: number, plot: Plot }} DurationScale decimal logarithms of nanoseconds */

/**
 * @param {readonly TraceSummary[]} traces
 * @param {Plot} plot
 * @returns {{ dots: Dot[], scale: DurationScale, breaks: import("./broken-time.js").BrokenTime["breaks"] }}
 */
export function placeDots(traces, plot) {
  let low = Infinity;
  let high = -Infinity;
  for (const { duration } of traces) {
    const size = Math.log10(Math.max(duration, 1));
    low = Math.min(low, size);
    high = Math.max(high, size);
  }
  // At least one decade, so that small differences are not magnified.
  const middle = (low + high) / 2;
  const half = Math.max((high - low) / 2 + 0.08, 0.5);
  const scale = { low: middle - half, high: middle + half, plot };
  const time = brokenTime(traces.map(({ startNano }) => startNano), plot.left + 8, plot.right - 8);
  const dots = traces.map((trace) => ({
    trace,
    x: round(time.place(trace.startNano)),
    y: round(heightOf(scale, trace.duration)),
    radius: round(Math.min(7, 3 + Math.log10(Math.max(1, trace.spans)))),
  }));
  return { dots, scale, breaks: time.breaks };
}

/**
 * @param {DurationScale} scale
 * @param {number} duration
 */
function heightOf({ low, high, plot }, duration) {
  return plot.bottom - ((Math.log10(Math.max(duration, 1)) - low) / (high - low)) * (plot.bottom - plot.top);
}

/** Labels closer than this would overlap. */
const MIN_TICK_PX = 15;

/**
 * Round durations, as many as have room for their labels.
 * @param {DurationScale} scale
 * @returns {{ value: number, y: number }[]} shortest duration first
 */
export function durationTicks(scale) {
  const round = roundDurations(scale.low, scale.high, scale.high - scale.low < 1.6);
  /** @type {{ value: number, y: number }[]} */
  const ticks = [];
  for (const value of round) {
    const y = heightOf(scale, value);
    const below = ticks[ticks.length - 1];
    if (!below || below.y - y >= MIN_TICK_PX) ticks.push({ value, y });
  }
  return ticks;
}

/**
 * The starts of the earliest and the latest trace.
 * @param {readonly TraceSummary[]} traces
 * @returns {{ first: bigint, last: bigint } | null} null without traces
 */
export function timeRange(traces) {
  if (traces.length === 0) return null;
  let first = traces[0].startNano;
  let last = first;
  for (const { startNano } of traces) {
    if (startNano < first) first = startNano;
    if (startNano > last) last = startNano;
  }
  return { first, last };
}

/** @param {number} pixels */
function round(pixels) {
  return Math.round(pixels * 10) / 10;
}
