// Keeps the server's answer to the filter: asks when the reader stops typing, forgets what was overtaken.

import { searchTraces } from "./api.js";

const TYPING_MILLIS = 180;

/** @typedef {{ query: string, json: unknown, problem: string | null }} Answer */

export class TraceSearch {
  /**
   * @param {number} limit
   * @param {() => void} answered
   */
  constructor(limit, answered) {
    this.limit = limit;
    this.answered = answered;
    /**
     * The last answer; `json` is null where there is none.
     * @type {Answer | null}
     */
    this.answer = null;
    this.query = "";
    this.timer = 0;
    this.asking = new AbortController();
  }

  /**
   * The filter is this now; an empty one asks nothing.
   * @param {string} query
   */
  want(query) {
    if (query === this.query) return;
    this.query = query;
    this.#askIn(TYPING_MILLIS);
  }

  /** What is kept may have changed. */
  refresh() {
    if (this.query !== "" && this.timer === 0) this.#askIn(0);
  }

  /** @param {number} millis */
  #askIn(millis) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.asking.abort();
    if (this.query === "") return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      void this.#ask(this.query);
    }, millis);
  }

  /** @param {string} query */
  async #ask(query) {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const said = await searchTraces(query, this.limit, signal);
      this.answer = "problem" in said ? { query, json: null, problem: said.problem } : { query, json: said.json, problem: null };
    } catch {
      // The page's own list says whether the server answers at all.
      if (signal.aborted) return;
      this.answer = null;
    }
    this.answered();
  }
}
