// Asks again when told that something changed: at once when it is quiet, and never faster than the answers
// cost, so that a trace of 100,000 spans that still grows leaves the page usable.

const QUIET_MILLIS = 150;
/** Of the time, at most one part in this many goes into loading. */
const SHARE = 3;

export class Refresher {
  /** @param {() => Promise<void>} load settles when the answer is shown; failures are its own business */
  constructor(load) {
    this.load = load;
    this.running = false;
    this.again = false;
    this.timer = 0;
    this.notBefore = 0;
  }

  /** Something changed. */
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
