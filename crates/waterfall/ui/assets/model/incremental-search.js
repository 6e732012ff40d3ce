// A search over all that the server keeps, step by step: an answer takes a moment at most, and says where to go on.

import { parseNanos } from "./timestamp.js";
import { mergeTraceLists, readTraceList } from "./trace-list.js";
import { finite, record } from "./wire.js";

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */

/** How many steps are gone on with unasked: some ten seconds of a busy server, and gigabytes of spans. */
const MAX_PAGES = 400;

/**
 * @typedef {"started" | "searching" | "complete" | "limited" | "suspended"} SearchState
 * nothing is known yet; there is more to search; all is searched; as many were found as are wanted; there is more to
 * search, for whoever asks for it
 */

export class IncrementalSearch {
  /**
   * @param {string} query
   * @param {number} limit as many are wanted
   * @param {number} [maxPages] as many are gone without being asked again
   */
  constructor(query, limit, maxPages = MAX_PAGES) {
    this.query = query;
    this.limit = limit;
    this.maxPages = maxPages;
    this.pages = 0;
    /** @type {TraceSummary[]} */
    this.traces = [];
    /** How many traces were looked at. */
    this.searched = 0;
    /**
     * When the next trace begins that is to be looked at.
     * @type {bigint | null}
     */
    this.reachedNano = null;
    /**
     * Where the server goes on.
     * @type {string | null}
     */
    this.cursor = null;
    /**
     * What the server did not understand.
     * @type {string | null}
     */
    this.problem = null;
  }

  /** @returns {SearchState} */
  get state() {
    if (this.problem !== null) return "complete";
    if (this.pages === 0) return "started";
    if (this.cursor === null) return "complete";
    if (this.traces.length >= this.limit) return "limited";
    return this.pages < this.maxPages ? "searching" : "suspended";
  }

  /** Whether the next step is to be asked for. */
  get shouldContinue() {
    return this.state === "started" || this.state === "searching";
  }

  /** How many more are wanted. */
  get remaining() {
    return this.limit - this.traces.length;
  }

  /** @param {unknown} json the answer of `/api/ui/traces` */
  take(json) {
    const wire = record(json);
    const found = readTraceList(json);
    this.traces = found.length > 0 ? mergeTraceLists(this.traces, found) : this.traces;
    this.searched += finite(wire.searched);
    this.cursor = typeof wire.older === "string" ? wire.older : null;
    this.reachedNano = typeof wire.reached_unix_nano === "string"
      ? parseNanos(wire.reached_unix_nano)
      : this.reachedNano;
    this.pages += 1;
  }

  /**
   * The reader wants to know more.
   * @param {number} more as many more are wanted, where there are as many as were
   */
  extend(more) {
    if (this.state === "limited") this.limit += more;
    this.maxPages = this.pages + MAX_PAGES;
  }

  /** The same search from the newest trace on. */
  restart() {
    return new IncrementalSearch(this.query, this.limit, this.maxPages);
  }
}
