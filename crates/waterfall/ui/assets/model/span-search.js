// Search state: the query, and the rows that match it.

import { matches, needsAttributes, parseQuery } from "./query.js";
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
    /** Whether the query needs the attribute index, which is not loaded. */
    this.needsIndex = false;
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
    this.needsIndex = index === null && needsAttributes(query);
    this.found = null;
    this.count = 0;
    if (query.terms.length === 0) return;
    const found = new Uint8Array(trace.count);
    const fields = spanFields(trace, self, index);
    for (let row = 0; row < trace.count; row += 1) {
      if (trace.placeholder[row] === 1 || !matches(query, fields.at(row))) continue;
      found[row] = 1;
      this.count += 1;
    }
    this.found = found;
  }

  /** @param {number} row */
  has(row) {
    return this.found?.[row] === 1;
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
