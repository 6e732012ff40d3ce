// Makes the attributes of a trace searchable. Those of a small trace are loaded at once, those of a larger one with the
// first search that reads attributes; in a huge one the server searches.

import { conditionOf } from "../model/found-attributes.js";
import { readSpanIndex } from "../model/span-index.js";
import { record } from "../model/wire.js";
import { findInTrace, getOtlp } from "../net/api.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/trace.js").Trace} Trace */

const SMALL_SPANS = 1_000;
const LARGE_SPANS = 20_000;
/** Pause in typing before the server is asked. */
const TYPING_MILLIS = 150;
/** Conditions that the server evaluates for one search. */
const MAX_CONDITIONS = 8;

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
     * @type {Trace | null}
     */
    this.requested = null;
    this.typing = 0;
    this.asking = new AbortController();
  }

  /** Requests what the search needs and is not yet requested. */
  loadIfNeeded() {
    const { trace, index, search } = this.screen;
    clearTimeout(this.typing);
    this.asking.abort();
    if (index !== null) return;
    if (trace.spans > LARGE_SPANS) {
      if (search.awaits.length > 0) this.typing = setTimeout(() => void this.#ask(trace), TYPING_MILLIS);
    } else if (this.requested !== trace && (trace.spans <= SMALL_SPANS || search.awaits.length > 0)) {
      this.requested = trace;
      void this.#load(trace);
    }
  }

  /** @param {Trace} trace */
  async #load(trace) {
    try {
      const index = readSpanIndex(await getOtlp(trace.id), trace);
      // A newer version of the trace requests its own index.
      if (this.screen.trace !== trace) return;
      this.screen.setIndex(index);
      this.loaded();
    } catch (error) {
      this.requested = null;
      this.#failed(trace, error);
    }
  }

  /** @param {Trace} trace */
  async #ask(trace) {
    this.asking = new AbortController();
    const { signal } = this.asking;
    const { awaits } = this.screen.search;
    try {
      if (awaits.length > MAX_CONDITIONS) throw new Error(`at most ${MAX_CONDITIONS} words or attributes at once`);
      for (const term of awaits) {
        const { spans } = record(await findInTrace(trace.id, conditionOf(term), signal));
        if (this.screen.trace !== trace || signal.aborted) return;
        this.screen.setAnswer(term, spans);
      }
      this.loaded();
    } catch (error) {
      if (!signal.aborted) this.#failed(trace, error);
    }
  }

  /**
   * @param {Trace} trace
   * @param {unknown} error
   */
  #failed(trace, error) {
    const { screen } = this;
    if (screen.trace !== trace || screen.search.awaits.length === 0) return;
    screen.search.failure = error instanceof Error ? error.message : String(error);
    this.loaded();
  }
}
