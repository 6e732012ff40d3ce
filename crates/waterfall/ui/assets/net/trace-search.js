// Runs the filter's search: starts when the user stops typing, fetches page after page, and drops outdated responses.

import { HttpError, searchTraces } from "./api.js";

/** @typedef {import("../model/incremental-search.js").IncrementalSearch} IncrementalSearch */

const DEBOUNCE_MILLIS = 180;
/** Interval of progress updates. */
const UPDATE_MILLIS = 150;
/** A finished search restarts at most this often, in multiples of its duration. */
const SHARE = 3;

export class TraceSearch {
  /**
   * @param {(query: string) => IncrementalSearch} begin
   * @param {() => void} updated there are new results to show
   * @param {() => boolean} isHeld whether the results must stay as they are
   */
  constructor(begin, updated, isHeld) {
    this.begin = begin;
    this.updated = updated;
    this.isHeld = isHeld;
    /**
     * The search to show; null without a query or a response.
     * @type {IncrementalSearch | null}
     */
    this.run = null;
    this.query = "";
    this.timer = 0;
    this.abort = new AbortController();
    this.busy = false;
    /** Whether stored traces changed during the search, or while the results were held. */
    this.stale = false;
    this.notBefore = 0;
  }

  /**
   * Sets the query; an empty one ends the search.
   * @param {string} query
   */
  setQuery(query) {
    if (query === this.query) return;
    this.query = query;
    this.#startIn(DEBOUNCE_MILLIS, () => this.begin(this.query));
  }

  /** Stored traces may have changed: restart the search, once it may. */
  refresh() {
    if (this.query === "" || this.timer !== 0) return;
    if (this.busy || this.isHeld()) this.stale = true;
    else this.#startIn(Math.max(0, this.notBefore - performance.now()), () => this.#repeated());
  }

  /**
   * The search from its start, unless the results must stay as they are by now.
   * @returns {IncrementalSearch | null}
   */
  #repeated() {
    const { run } = this;
    if (run?.query !== this.query) return this.begin(this.query);
    this.stale = this.isHeld();
    return this.stale ? null : run.restart();
  }

  /** Restarts the search if that was put off. */
  catchUp() {
    if (this.stale && !this.busy) this.refresh();
  }

  /** Resumes a suspended or limited search. */
  resume() {
    const { run } = this;
    if (run && run.query === this.query) this.#startIn(0, () => run);
  }

  /**
   * @param {number} millis
   * @param {() => IncrementalSearch | null} make null puts the search off
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
      const run = make();
      if (run) void this.#run(run);
    }, millis);
  }

  /** @param {IncrementalSearch} run */
  async #run(run) {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.busy = true;
    const began = performance.now();
    // Earlier results stay visible until they are found again.
    const shown = this.run?.query === run.query ? this.run : null;
    const isRepeated = shown !== null && shown !== run;
    const isPutOff = () => isRepeated && this.isHeld();
    let reported = began;
    try {
      while (run.shouldContinue) {
        const answer = await searchTraces(run.query, { limit: run.remaining, older: run.cursor }, signal);
        if ("problem" in answer) run.problem = answer.problem;
        else run.take(answer.json);
        if (run.shouldContinue && performance.now() - reported < UPDATE_MILLIS) continue;
        reported = performance.now();
        if (isPutOff()) break;
        if (!isRepeated || !run.shouldContinue) this.run = run;
        this.updated();
      }
    } catch (error) {
      if (signal.aborted) return;
      run.failure = error instanceof HttpError ? error.message : "the server does not respond";
      if (!isPutOff()) {
        this.run = run;
        this.updated();
      }
    }
    if (this.run !== run) this.stale = true;
    this.busy = false;
    this.notBefore = performance.now() + (performance.now() - began) * SHARE;
    this.catchUp();
  }
}
