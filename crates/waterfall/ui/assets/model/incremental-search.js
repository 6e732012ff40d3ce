// A search over all stored traces that advances page by page: each response covers a part and returns a cursor.

import { parseNanos } from "./timestamp.js";
import { mergeTraceLists, readTraceList } from "./trace-list.js";
import { finite, record } from "./wire.js";

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */

/** Pages fetched without asking the user: about ten seconds of a busy server, and gigabytes of spans. */
const MAX_PAGES = 400;

/**
 * @typedef {"started" | "searching" | "complete" | "limited" | "suspended"} SearchState
 * `started`: no response yet; `searching`: more pages follow; `complete`: everything was searched; `limited`: enough
 * matches were found; `suspended`: the maximum number of pages was fetched, or a page could not be
 */

export class IncrementalSearch {
  /**
   * @param {string} query
   * @param {number} limit number of matches to find
   * @param {number} [maxPages] pages to fetch before suspending
   */
  constructor(query, limit, maxPages = MAX_PAGES) {
    this.query = query;
    this.limit = limit;
    this.maxPages = maxPages;
    this.pages = 0;
    /** @type {TraceSummary[]} */
    this.traces = [];
    /** Number of traces searched so far. */
    this.searched = 0;
    /**
     * Start time of the oldest trace searched so far.
     * @type {bigint | null}
     */
    this.reachedNano = null;
    /**
     * The server's cursor for the next page.
     * @type {string | null}
     */
    this.cursor = null;
    /**
     * The server's error message about the query.
     * @type {string | null}
     */
    this.problem = null;
    /**
     * Why the search stopped before its end; null while it has not.
     * @type {string | null}
     */
    this.failure = null;
  }

  /** @returns {SearchState} */
  get state() {
    if (this.problem !== null) return "complete";
    if (this.failure !== null) return "suspended";
    if (this.pages === 0) return "started";
    if (this.cursor === null) return "complete";
    if (this.traces.length >= this.limit) return "limited";
    return this.pages < this.maxPages ? "searching" : "suspended";
  }

  /** Whether the next page should be fetched. */
  get shouldContinue() {
    return this.state === "started" || this.state === "searching";
  }

  /** Number of matches still to find. */
  get remaining() {
    return this.limit - this.traces.length;
  }

  /** @param {unknown} json response of `/api/ui/traces` */
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
   * Resumes a limited or suspended search.
   * @param {number} more additional matches to find, if the limit was reached
   */
  extend(more) {
    if (this.state === "limited") this.limit += more;
    this.maxPages = this.pages + MAX_PAGES;
    this.failure = null;
  }

  /** The same search, restarted at the newest trace. */
  restart() {
    return new IncrementalSearch(this.query, this.limit, this.maxPages);
  }
}
