// Search state: the query, and the rows that match it.

import { FoundAttributes } from "./found-attributes.js";
import { attributeTerms, matches, parseQuery } from "./query.js";
import { spanFields } from "./span-fields.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./span-index.js").SpanIndex} SpanIndex */

export class SpanSearch {
  constructor() {
    this.text = "";
    /**
     * Error message about the query.
     * @type {string | null}
     */
    this.problem = null;
    /**
     * 1 for each matching row; null without a query.
     * @type {Uint8Array | null}
     */
    this.found = null;
    this.count = 0;
    /** Whether rows that do not match are hidden. */
    this.only = false;
    /**
     * Terms for which the attributes are not known yet.
     * @type {import("./query.js").Term[]}
     */
    this.awaits = [];
    /** What the server found in attributes that are not indexed here. */
    this.answers = new FoundAttributes();
    /**
     * Why the attributes could not be searched.
     * @type {string | null}
     */
    this.failure = null;
  }

  /**
   * @param {string} text
   * @param {Trace} trace
   * @param {Float64Array} self
   * @param {SpanIndex | null} index
   */
  run(text, trace, self, index) {
    const query = parseQuery(text);
    this.text = text;
    this.problem = query.problem;
    this.failure = null;
    this.awaits = index ? [] : attributeTerms(query).filter((term) => !this.answers.has(term));
    this.found = null;
    this.count = 0;
    // Attributes can only add to the spans that a plain word finds; of other terms nothing is known without them.
    const certain = this.awaits.every(({ field, operator }) => field === "" && operator !== "!=");
    if (query.terms.length === 0 || !certain) return;
    const found = new Uint8Array(trace.count);
    const fields = spanFields(trace, self, index ?? this.answers);
    for (let row = 0; row < trace.count; row += 1) {
      if (trace.placeholder[row] === 1 || !matches(query, fields.at(row))) continue;
      found[row] = 1;
      this.count += 1;
    }
    this.found = found;
  }

  /** Forgets what is known of the attributes: the trace has changed. */
  forget() {
    this.answers = new FoundAttributes();
  }

  /** @param {number} row */
  has(row) {
    return this.found?.[row] === 1;
  }

  /** The first row that matches, or -1. */
  get first() {
    return this.found ? this.found.indexOf(1) : -1;
  }

  /**
   * Whether the query consists of words that are all in a log record.
   * @param {import("./logs.js").LogRecord} log
   */
  hasLog({ body, eventName, service }) {
    const text = `${body}\n${eventName}\n${service}`.toLowerCase();
    const { terms } = parseQuery(this.text);
    return terms.every((term) => term.field === "" && text.includes(term.text) !== (term.operator === "!="));
  }

  /**
   * Position of a row among the matches, from 1.
   * @param {number} row
   * @returns {number} 0 if the row does not match
   */
  placeOf(row) {
    const { found } = this;
    if (!found || row < 0 || found[row] === 0) return 0;
    let place = 0;
    for (let at = 0; at <= row; at += 1) place += found[at];
    return place;
  }
}
