// The visible part of the trace on the time axis, and axis ticks. Times are nanoseconds from the start of the trace.

/** Minimum zoom: with less, a pixel is a fraction of a nanosecond. */
const MIN_WINDOW_NANOS = 50;

export class TimeWindow {
  /** @param {number} total the duration of the trace */
  constructor(total) {
    this.total = Math.max(total, 1);
    this.from = 0;
    this.to = this.total;
  }

  get length() {
    return this.to - this.from;
  }

  get isWhole() {
    return this.from <= 0 && this.to >= this.total;
  }

  reset() {
    this.from = 0;
    this.to = this.total;
  }

  /**
   * Shows the given range, clamped to the trace.
   * @param {number} a
   * @param {number} b
   */
  show(a, b) {
    let from = Math.min(a, b);
    let to = Math.max(a, b);
    const narrowest = Math.min(MIN_WINDOW_NANOS, this.total);
    if (to - from < narrowest) {
      const middle = (from + to) / 2;
      from = middle - narrowest / 2;
      to = middle + narrowest / 2;
    }
    const length = Math.min(to - from, this.total);
    this.from = Math.min(Math.max(0, from), this.total - length);
    this.to = this.from + length;
  }

  /**
   * @param {number} factor below 1 zooms in
   * @param {number} around time that keeps its position
   */
  zoom(factor, around) {
    const share = (around - this.from) / this.length;
    const length = Math.min(this.total, Math.max(Math.min(MIN_WINDOW_NANOS, this.total), this.length * factor));
    const from = around - share * length;
    this.show(from, from + length);
  }

  /** @param {number} share of the visible range; positive moves right */
  pan(share) {
    const length = this.length;
    const from = Math.min(Math.max(0, this.from + share * length), this.total - length);
    this.from = from;
    this.to = from + length;
  }

  /**
   * Shows a range with a margin around it.
   * @param {number} from
   * @param {number} to
   */
  fit(from, to) {
    const air = Math.max((to - from) * 0.1, MIN_WINDOW_NANOS / 4);
    this.show(from - air, to + air);
  }

  /**
   * Updates the duration of the trace; the visible range is kept, and a full view stays full.
   * @param {number} total
   */
  retarget(total) {
    const wasWhole = this.isWhole;
    this.total = Math.max(total, 1);
    if (wasWhole) this.reset();
    else this.show(this.from, this.to);
  }

  /**
   * @param {number} time
   * @returns {number} 0 at the left edge, 1 at the right edge
   */
  share(time) {
    return (time - this.from) / this.length;
  }

  /** @param {number} share */
  timeAt(share) {
    return this.from + share * this.length;
  }
}

/**
 * Round tick times, at most `most` of them.
 * @param {TimeWindow} window
 * @param {number} most maximum number of ticks
 * @returns {{ step: number, times: number[] }}
 */
export function ticks(window, most) {
  const step = roundStep(window.length / Math.max(1, most));
  const times = [];
  // Multiplied rather than accumulated, to avoid rounding errors.
  for (let n = Math.max(0, Math.ceil(window.from / step - 1e-9)); n * step <= window.to * (1 + 1e-12); n += 1) {
    times.push(n * step);
  }
  return { step, times };
}

/** Steps of more than a second: parts of a minute, an hour and a day. */
const LONG_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400]
  .map((seconds) => seconds * 1e9);
const DAY = 86_400e9;

/**
 * The next larger step: 1, 2, 5 × 10ⁿ nanoseconds, parts of a minute, an hour and a day, or 1, 2, 5 × 10ⁿ days.
 * @param {number} least
 */
function roundStep(least) {
  if (least > DAY) return DAY * decimalStep(least / DAY);
  return (least > 1e9 ? LONG_STEPS.find((step) => step >= least) : undefined) ?? decimalStep(least);
}

/**
 * The next larger of 1, 2, 5 × 10ⁿ.
 * @param {number} least
 */
function decimalStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  return 10 * power;
}
