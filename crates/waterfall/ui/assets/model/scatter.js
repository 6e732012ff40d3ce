// Scatter plot layout: time from left to right, duration upwards on a logarithmic scale.

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Plot */
/** @typedef {{ trace: TraceSummary, x: number, y: number, radius: number }} Dot */
/** @typedef {{ low: number, high: number, plot: Plot }} DurationScale decimal logarithms of nanoseconds */

/**
 * @param {readonly TraceSummary[]} traces
 * @param {Plot} plot
 * @returns {{ dots: Dot[], scale: DurationScale }}
 */
export function placeDots(traces, plot) {
  let first = null;
  let last = null;
  let low = Infinity;
  let high = -Infinity;
  for (const { startNano, duration } of traces) {
    if (first === null || startNano < first) first = startNano;
    if (last === null || startNano > last) last = startNano;
    const size = Math.log10(Math.max(duration, 1));
    low = Math.min(low, size);
    high = Math.max(high, size);
  }
  // At least one decade, so that small differences are not magnified.
  const middle = (low + high) / 2;
  const half = Math.max((high - low) / 2 + 0.08, 0.5);
  const scale = { low: middle - half, high: middle + half, plot };
  const origin = first ?? 0n;
  const stretch = Number((last ?? 0n) - origin) || 1;
  const dots = traces.map((trace) => ({
    trace,
    x: round(plot.left + 8 + (Number(trace.startNano - origin) / stretch) * (plot.right - plot.left - 16)),
    y: round(heightOf(scale, trace.duration)),
    radius: round(Math.min(7, 3 + Math.log10(Math.max(1, trace.spans)))),
  }));
  return { dots, scale };
}

/**
 * @param {DurationScale} scale
 * @param {number} duration
 */
function heightOf({ low, high, plot }, duration) {
  return plot.bottom - ((Math.log10(Math.max(duration, 1)) - low) / (high - low)) * (plot.bottom - plot.top);
}

/**
 * Powers of ten; on a narrow scale also 2 and 5 times those.
 * @param {DurationScale} scale
 * @returns {{ value: number, y: number }[]}
 */
export function durationTicks(scale) {
  const narrow = scale.high - scale.low < 1.6;
  const ticks = [];
  for (let power = Math.floor(scale.low); power <= scale.high; power += 1) {
    for (const factor of narrow ? [1, 2, 5] : [1]) {
      const value = factor * 10 ** power;
      const log = Math.log10(value);
      if (log >= scale.low && log <= scale.high) ticks.push({ value, y: heightOf(scale, value) });
    }
  }
  return ticks;
}

/** @param {number} pixels */
function round(pixels) {
  return Math.round(pixels * 10) / 10;
}
