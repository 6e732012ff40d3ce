// What the server found in the attributes of a trace that is too large to be indexed here: rows, by condition.

/** @typedef {import("./query.js").Term} Term */
/** @typedef {import("./trace.js").Trace} Trace */

export class FoundAttributes {
  constructor() {
    /**
     * 1 for each row of which an attribute satisfies the condition.
     * @type {Map<string, Uint8Array>}
     */
    this.rows = new Map();
  }

  /** @param {Term} term */
  has(term) {
    return this.rows.has(keyOf(term));
  }

  /**
   * @param {Term} term
   * @param {unknown} keys the server's answer: keys of spans, as in `Trace.rowOf`
   * @param {Trace} trace
   */
  add(term, keys, trace) {
    const rows = new Uint8Array(trace.count);
    for (const key of Array.isArray(keys) ? keys : []) {
      const row = trace.rowOf(String(key));
      if (row >= 0) rows[row] = 1;
    }
    this.rows.set(keyOf(term), rows);
  }

  /**
   * @param {number} row
   * @param {Term} term
   */
  satisfies(row, term) {
    return this.rows.get(keyOf(term))?.[row] === 1;
  }
}

/**
 * A term as the server is asked for it: without its negation, and a plain word as part of any value.
 * @param {Term} term
 */
export function conditionOf({ field, operator, text }) {
  return { field, operator: field === "" ? "~" : operator === "!=" ? "=" : operator, value: text };
}

/** @param {Term} term */
function keyOf(term) {
  const { field, operator, value } = conditionOf(term);
  return `${field}\n${operator}\n${value}`;
}
