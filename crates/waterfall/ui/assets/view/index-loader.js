// Fetches what attributes and events say: of a small trace as soon as it is shown, of a larger one when a
// search asks for it, of a huge one not at all.

import { readSpanIndex } from "../model/span-index.js";
import { getOtlp } from "../net/api.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const SMALL_SPANS = 1_000;
const LARGE_SPANS = 20_000;

export class IndexLoader {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} loaded
   */
  constructor(screen, loaded) {
    this.screen = screen;
    this.loaded = loaded;
    /**
     * The trace that was asked for.
     * @type {import("../model/trace.js").Trace | null}
     */
    this.requested = null;
  }

  /** Asks, where it serves and has not been asked yet. */
  loadIfNeeded() {
    const { trace, index, search } = this.screen;
    const most = search.needsIndex ? LARGE_SPANS : SMALL_SPANS;
    if (index !== null || this.requested === trace || trace.spans > most) return;
    this.requested = trace;
    void this.#load(trace);
  }

  /** @param {import("../model/trace.js").Trace} trace */
  async #load(trace) {
    try {
      const index = readSpanIndex(await getOtlp(trace.id), trace);
      // A newer version may have come meanwhile; it asks for itself.
      if (this.screen.trace !== trace) return;
      this.screen.setIndex(index);
      this.loaded();
    } catch (error) {
      console.warn("the attributes could not be loaded for searching", error);
    }
  }
}
