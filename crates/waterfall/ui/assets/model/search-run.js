// A search over all that the server keeps, step by step: an answer takes a moment at most, and says where to go on.

import { parseNanos } from "./clock.js";
import { mergeFeeds, readFeed } from "./feed.js";
import { finite, record } from "./wire.js";

/** @typedef {import("./feed.js").TraceSummary} TraceSummary */

/** How many steps are gone on with unasked: some ten seconds of a busy server, and gigabytes of spans. */
const STEPS = 400;

/**
 * @typedef {"asking" | "searching" | "all" | "full" | "resting"} SearchState
 * nothing is known yet; there is more to search; all is searched; as many were found as are wanted; there is more to
 * search, for whoever asks for it
 */

export class SearchRun {
  /**
   * @param {string} query
   * @param {number} limit as many are wanted
   * @param {number} [steps] as many are gone without being asked again
   */
  constructor(query, limit, steps = STEPS) {
    this.query = query;
    this.limit = limit;
    this.steps = steps;
    this.taken = 0;
    /** @type {TraceSummary[]} */
    this.traces = [];
    /** How many traces were looked at. */
    this.searched = 0;
    /**
     * When the next trace begins that is to be looked at.
     * @type {bigint | null}
     */
    this.reached = null;
    /**
     * Where the server goes on.
     * @type {string | null}
     */
    this.older = null;
    /**
     * What the server did not understand.
     * @type {string | null}
     */
    this.problem = null;
  }

  /** @returns {SearchState} */
  get state() {
    if (this.problem !== null) return "all";
    if (this.taken === 0) return "asking";
    if (this.older === null) return "all";
    if (this.traces.length >= this.limit) return "full";
    return this.taken < this.steps ? "searching" : "resting";
  }

  /** Whether the next step is to be asked for. */
  get goesOn() {
    return this.state === "asking" || this.state === "searching";
  }

  /** How many more are wanted. */
  get wanted() {
    return this.limit - this.traces.length;
  }

  /** @param {unknown} json the answer of `/api/ui/traces` */
  take(json) {
    const wire = record(json);
    const found = readFeed(json);
    this.traces = found.length > 0 ? mergeFeeds(this.traces, found) : this.traces;
    this.searched += finite(wire.searched);
    this.older = typeof wire.older === "string" ? wire.older : null;
    this.reached = typeof wire.reached_unix_nano === "string" ? parseNanos(wire.reached_unix_nano) : this.reached;
    this.taken += 1;
  }

  /**
   * The reader wants to know more.
   * @param {number} more as many more are wanted, where there are as many as were
   */
  goFurther(more) {
    if (this.state === "full") this.limit += more;
    this.steps = this.taken + STEPS;
  }

  /** The same search from the newest trace on. */
  anew() {
    return new SearchRun(this.query, this.limit, this.steps);
  }
}
