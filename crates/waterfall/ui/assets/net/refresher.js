// Throttles reloading: immediate when idle, and never more than a share of the time, so that the page stays responsive
// while a trace of 100,000 spans still grows.

const QUIET_MILLIS = 150;
/** After a reload, so many times its duration pass before the next one, and no more than the maximum. */
const SHARE = 3;
const MAX_MILLIS = 10_000;
const RETRY_MILLIS = 2_000;

export class Refresher {
  /**
   * @param {() => Promise<boolean>} load settles when the response is shown, with whether to try again: the server
   *   announces changes only, so nothing else repeats a request that failed. Handles its own errors.
   */
  constructor(load) {
    this.load = load;
    this.running = false;
    /** A reload was requested while one runs, and whether a user waits for it. */
    this.again = false;
    this.urgent = false;
    this.timer = 0;
    this.notBefore = 0;
  }

  /** Requests a reload. */
  trigger() {
    if (this.running) {
      this.again = true;
      return;
    }
    if (this.timer) return;
    const wait = this.notBefore - performance.now();
    if (wait <= 0) void this.#run();
    else this.timer = setTimeout(() => void this.#run(), wait);
  }

  /** Requests a reload for which the user waits: it is not throttled. */
  triggerNow() {
    if (this.running) this.again = this.urgent = true;
    else void this.#run();
  }

  async #run() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.running = true;
    this.again = this.urgent = false;
    const began = performance.now();
    let retry = false;
    try {
      retry = await this.load();
    } finally {
      const now = performance.now();
      this.running = false;
      if (this.urgent) void this.#run();
      else {
        const pause = Math.min(Math.max(QUIET_MILLIS, (now - began) * SHARE), MAX_MILLIS);
        this.notBefore = now + (retry ? RETRY_MILLIS : pause);
        if (this.again || retry) this.trigger();
      }
    }
  }
}
