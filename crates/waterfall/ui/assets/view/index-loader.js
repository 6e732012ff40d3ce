// Loads the attribute and event index: at once for a small trace, on the first attribute search for a larger one, and
// not at all for a huge one.

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
     * The trace whose index was requested.
     * @type {import("../model/trace.js").Trace | null}
     */
    this.requested = null;
  }

  /** Requests the index if it is needed and not yet requested. */
  loadIfNeeded() {
    const { trace, index, search } = this.screen;
    const maxSpans = search.needsIndex ? LARGE_SPANS : SMALL_SPANS;
    if (index !== null || this.requested === trace || trace.spans > maxSpans) return;
    this.requested = trace;
    void this.#load(trace);
  }

  /** @param {import("../model/trace.js").Trace} trace */
  async #load(trace) {
    try {
      const index = readSpanIndex(await getOtlp(trace.id), trace);
      // A newer version of the trace requests its own index.
      if (this.screen.trace !== trace) return;
      this.screen.setIndex(index);
      this.loaded();
    } catch (error) {
      console.warn("the attributes could not be loaded for searching", error);
    }
  }
}
