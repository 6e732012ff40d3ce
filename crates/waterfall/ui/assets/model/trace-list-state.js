// State of the trace list: traces received and shown, results of the filter, pausing. No DOM: the page connects it.

import { bareWords, matchesWords } from "./trace-filter.js";
import { hasMore, mergeTraceLists, readTraceList } from "./trace-list.js";

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */
/** @typedef {import("./incremental-search.js").IncrementalSearch} IncrementalSearch */
/** @typedef {"connecting" | "live" | "polling" | "offline" | "signed-out"} Connection */

/** Traces per page: the initial length of the list, and what "Show more" adds. */
export const PAGE_SIZE = 200;
/** Maximum length of the list; the filter finds older traces. */
const MAX_LENGTH = 1_000;

/**
 * What the list displays for a filter.
 * @typedef {object} TraceListDisplay
 * @property {TraceSummary[]} traces
 * @property {IncrementalSearch | null} run the search that found them; null without a filter
 * @property {string | null} problem error message about the filter
 * @property {boolean} pending the search has no results yet; the previous ones are still shown
 * @property {boolean} loaded whether the server has responded at least once
 * @property {boolean} empty whether the server has no traces
 * @property {boolean} noMatches whether a complete search found nothing
 * @property {import("./incremental-search.js").SearchState} more whether there are more traces
 * @property {boolean} roomy whether the list is below its maximum length
 */

export class TraceListState {
  constructor() {
    /**
     * The latest traces received; null before the first response.
     * @type {TraceSummary[] | null}
     */
    this.latest = null;
    /** Number of latest traces to request, and whether the server has more. */
    this.limit = PAGE_SIZE;
    this.hasMore = false;
    /**
     * The traces shown: `latest`, or an older state of it while updates are held back.
     * @type {TraceSummary[]}
     */
    this.shown = [];
    /** The user has asked for more: the first response that has them is shown even while updates are held back. */
    this.extending = false;
    /** The limit of the request that `latest` answers. */
    this.received = 0;
    this.paused = false;
    /** @type {Connection} */
    this.connection = "connecting";
    /**
     * Results of the current filter; null without a filter.
     * @type {TraceSummary[] | null}
     */
    this.results = null;
  }

  /**
   * @param {unknown} json response of `/api/ui/traces`
   * @param {number} [limit] of the request: it may be under way when the user asks for more
   */
  receive(json, limit = this.limit) {
    this.latest = readTraceList(json);
    this.received = limit;
    this.hasMore = hasMore(json);
  }

  /**
   * Shows the received traces, unless updates are held back.
   * @param {boolean} reading whether the user has scrolled into the list
   * @returns {boolean} whether they are shown
   */
  update(reading) {
    const heldBack = this.paused || (reading && this.shown.length > 0);
    const isExtended = this.extending && this.received === this.limit;
    if (heldBack && !isExtended) return false;
    if (isExtended) this.extending = false;
    this.showLatest();
    return true;
  }

  showLatest() {
    this.shown = this.latest ?? [];
  }

  /** Whether something received is held back. */
  get isBehind() {
    return this.latest !== null && this.latest !== this.shown;
  }

  /** Number of received traces that are held back. A search may have found some of them already. */
  get newTraces() {
    const shown = new Set([...this.shown, ...(this.results ?? [])].map(({ id }) => id));
    return (this.latest ?? []).filter(({ id }) => !shown.has(id)).length;
  }

  /** Requests a longer list of latest traces. */
  extend() {
    this.limit += PAGE_SIZE;
    this.extending = true;
  }

  /** The connection state to display: pausing matters only while the server responds. */
  get connectionState() {
    const reachable = this.connection !== "offline" && this.connection !== "signed-out";
    return this.paused && reachable ? /** @type {const} */ ("paused") : this.connection;
  }

  /**
   * @param {string} query the filter without unfinished terms; empty for none
   * @param {IncrementalSearch | null} run the search for it, once there are results
   * @returns {TraceListDisplay}
   */
  display(query, run) {
    const current = query !== "" && run?.query === query ? run : null;
    const pending = query !== "" && current === null;
    const problem = current?.problem ?? null;
    const traces = this.#matches(query, current);
    this.results = query === "" ? null : traces;
    const loaded = this.latest !== null;
    const empty = loaded && this.shown.length === 0;
    return {
      traces,
      run: current,
      problem,
      pending,
      loaded,
      empty,
      noMatches: !empty && current?.state === "complete" && problem === null && traces.length === 0,
      more: current ? current.state : this.hasMore && !pending ? "limited" : "complete",
      roomy: (current ? current.limit : this.limit) < MAX_LENGTH,
    };
  }

  /**
   * The traces that match a filter; until the server has responded, the previous results.
   * @param {string} query
   * @param {IncrementalSearch | null} run
   */
  #matches(query, run) {
    if (query === "") return this.shown;
    if (run === null || run.problem !== null) return this.results ?? this.shown;
    const words = bareWords(query);
    const local = words ? this.shown.filter((trace) => matchesWords(trace, words)) : [];
    return mergeTraceLists(local, run.traces);
  }
}
