// Keeps the server's answer to the filter: asks when the reader stops typing, goes on until all is searched, and forgets
// what was overtaken.

import { searchTraces } from "./api.js";

/** @typedef {import("../model/search-run.js").SearchRun} SearchRun */

const TYPING_MILLIS = 180;
/** So often it is told how far a search has come. */
const TELL_MILLIS = 150;
/** A search that was at its end begins anew at most so often, in multiples of the time that it takes. */
const SHARE = 3;

export class TraceSearch {
  /**
   * @param {(query: string) => SearchRun} begin
   * @param {() => void} answered there is something else to show
   */
  constructor(begin, answered) {
    this.begin = begin;
    this.answered = answered;
    /**
     * What there is to show; null where nothing is asked or nothing came.
     * @type {SearchRun | null}
     */
    this.run = null;
    this.query = "";
    this.timer = 0;
    this.asking = new AbortController();
    this.busy = false;
    /** What is kept has changed while it was searched. */
    this.stale = false;
    this.notBefore = 0;
  }

  /**
   * The filter is this now; an empty one asks nothing.
   * @param {string} query
   */
  want(query) {
    if (query === this.query) return;
    this.query = query;
    this.#startIn(TYPING_MILLIS, () => this.begin(this.query));
  }

  /** What is kept may have changed. */
  refresh() {
    const { run } = this;
    if (this.query === "" || this.timer !== 0) return;
    if (this.busy) this.stale = true;
    else {this.#startIn(
        Math.max(0, this.notBefore - performance.now()),
        () => (run?.query === this.query ? run.anew() : this.begin(this.query)),
      );}
  }

  /** Goes on where the search rests, or is to find more. */
  goOn() {
    const { run } = this;
    if (run && run.query === this.query) this.#startIn(0, () => run);
  }

  /**
   * @param {number} millis
   * @param {() => SearchRun} make
   */
  #startIn(millis, make) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.asking.abort();
    this.busy = false;
    this.stale = false;
    if (this.query === "") return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      void this.#go(make());
    }, millis);
  }

  /** @param {SearchRun} run */
  async #go(run) {
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.busy = true;
    const began = performance.now();
    // What was found before stays until it is found again.
    const shown = this.run?.query === run.query ? this.run : null;
    let told = began;
    try {
      while (run.goesOn) {
        const said = await searchTraces(run.query, { limit: run.wanted, older: run.older }, signal);
        if ("problem" in said) run.problem = said.problem;
        else run.take(said.json);
        if (run.goesOn && performance.now() - told < TELL_MILLIS) continue;
        told = performance.now();
        if (shown === null || shown === run || !run.goesOn) this.run = run;
        this.answered();
      }
    } catch {
      // The page's own list says whether the server answers at all.
      if (signal.aborted) return;
      this.run = null;
      this.answered();
    }
    this.busy = false;
    this.notBefore = performance.now() + (performance.now() - began) * SHARE;
    if (this.stale) this.refresh();
  }
}
