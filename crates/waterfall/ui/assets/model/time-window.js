// The stretch of the trace that the time axis shows, and its ticks. Nanoseconds from the start of the trace.

/** Below this a screen's pixels are fractions of a nanosecond. */
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
   * Shows from one time to another, within the trace.
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
   * @param {number} factor below 1 comes nearer
   * @param {number} around the time that stays where it is
   */
  zoom(factor, around) {
    const share = (around - this.from) / this.length;
    const length = Math.min(this.total, Math.max(Math.min(MIN_WINDOW_NANOS, this.total), this.length * factor));
    const from = around - share * length;
    this.show(from, from + length);
  }

  /** @param {number} share of what is shown, to the right where positive */
  pan(share) {
    const length = this.length;
    const from = Math.min(Math.max(0, this.from + share * length), this.total - length);
    this.from = from;
    this.to = from + length;
  }

  /**
   * Shows a span with some air around it.
   * @param {number} from
   * @param {number} to
   */
  fit(from, to) {
    const air = Math.max((to - from) * 0.1, MIN_WINDOW_NANOS / 4);
    this.show(from - air, to + air);
  }

  /**
   * Takes over another length of the trace; what was shown stays, and the whole stays the whole.
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
   * @returns {number} 0 at the left edge, 1 at the right
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
 * Round times to mark, no nearer to each other than asked.
 * @param {TimeWindow} window
 * @param {number} most how many fit
 * @returns {{ step: number, times: number[] }}
 */
export function ticks(window, most) {
  const step = roundStep(window.length / Math.max(1, most));
  const times = [];
  // Counted, not added up, so that no error grows.
  for (let n = Math.max(0, Math.ceil(window.from / step - 1e-9)); n * step <= window.to * (1 + 1e-12); n += 1) {
    times.push(n * step);
  }
  return { step, times };
}

/**
 * The next of 1, 2, 5 × 10ⁿ.
 * @param {number} least
 */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  for (const factor of [1, 2, 5]) if (factor * power >= least) return factor * power;
  return 10 * power;
}
