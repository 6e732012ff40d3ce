// Keeps the server's answer to the filter: asks when the reader stops typing, goes on until all is searched, and forgets
// what was overtaken.

import { searchTraces } from "./api.js";

/** @typedef {import("../model/incremental-search.js").IncrementalSearch} IncrementalSearch */

const DEBOUNCE_MILLIS = 180;
/** So often it is reported how far a search has come. */
const UPDATE_MILLIS = 150;
/** A search that was at its end begins restart at most so often, in multiples of the time that it takes. */
const SHARE = 3;

export class TraceSearch {
  /**
   * @param {(query: string) => IncrementalSearch} begin
   * @param {() => void} updated there is something else to show
   */
  constructor(begin, updated) {
    this.begin = begin;
    this.updated = updated;
    /**
     * What there is to show; null where nothing is asked or nothing came.
     * @type {IncrementalSearch | null}
     */
    this.run = null;
    this.query = "";
    this.timer = 0;
    this.abort = new AbortController();
    this.busy = false;
    /** What is kept has changed while it was searched. */
    this.stale = false;
    this.notBefore = 0;
  }

  /**
   * The filter is this now; an empty one asks nothing.
   * @param {string} query
   */
  setQuery(query) {
    if (query === this.query) return;
    this.query = query;
    this.#startIn(DEBOUNCE_MILLIS, () => this.begin(this.query));
  }

  /** What is kept may have changed. */
  refresh() {
    const { run } = this;
    if (this.query === "" || this.timer !== 0) return;
    if (this.busy) this.stale = true;
    else {this.#startIn(
        Math.max(0, this.notBefore - performance.now()),
        () => (run?.query === this.query ? run.restart() : this.begin(this.query)),
      );}
  }

  /** Goes on where the search rests, or is to find more. */
  resume() {
    const { run } = this;
    if (run && run.query === this.query) this.#startIn(0, () => run);
  }

  /**
   * @param {number} millis
   * @param {() => IncrementalSearch} make
   */
  #startIn(millis, make) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.abort.abort();
    this.busy = false;
    this.stale = false;
    if (this.query === "") return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      void this.#run(make());
    }, millis);
  }

  /** @param {IncrementalSearch} run */
  async #run(run) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.busy = true;
    const began = performance.now();
    // What was found before stays until it is found again.
    const shown = this.run?.query === run.query ? this.run : null;
    let reported = began;
    try {
      while (run.shouldContinue) {
        const answer = await searchTraces(run.query, { limit: run.remaining, older: run.cursor }, signal);
        if ("problem" in answer) run.problem = answer.problem;
        else run.take(answer.json);
        if (run.shouldContinue && performance.now() - reported < UPDATE_MILLIS) continue;
        reported = performance.now();
        if (shown === null || shown === run || !run.shouldContinue) this.run = run;
        this.updated();
      }
    } catch {
      // The page's own list says whether the server answers at all.
      if (signal.aborted) return;
      this.run = null;
      this.updated();
    }
    this.busy = false;
    this.notBefore = performance.now() + (performance.now() - began) * SHARE;
    if (this.stale) this.refresh();
  }
}
