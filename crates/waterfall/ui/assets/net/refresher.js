// Throttles reloading: immediate when idle, and never more than a share of the time, so that the page stays responsive
// while a trace of 100,000 spans still grows.

const QUIET_MILLIS = 150;
/** At most one part in this many of the time is spent loading. */
const SHARE = 3;

export class Refresher {
  /** @param {() => Promise<void>} load settles when the response is shown; handles its own errors */
  constructor(load) {
    this.load = load;
    this.running = false;
    this.again = false;
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
    else {
      this.timer = setTimeout(() => {
        this.timer = 0;
        void this.#run();
      }, wait);
    }
  }

  async #run() {
    this.running = true;
    this.again = false;
    const began = performance.now();
    try {
      await this.load();
    } finally {
      const now = performance.now();
      this.notBefore = now + Math.max(QUIET_MILLIS, (now - began) * SHARE);
      this.running = false;
      if (this.again) this.trigger();
    }
  }
}
