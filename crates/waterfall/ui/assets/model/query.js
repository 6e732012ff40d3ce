// The small query language of the filter and search boxes:
//   service=users status=error duration>50ms name!=GET "some words"
// Terms are joined by "and". A bare word is looked for in everything that the row says.

import { parseDuration } from "./duration.js";

export const FIELDS = /** @type {const} */ (["service", "name", "kind", "status", "duration", "self", "spans", "errors", "id", "note", "depth"]);

/** @typedef {"=" | "!=" | ">" | ">=" | "<" | "<=" | "~"} Operator */
/** @typedef {{ field: string, operator: Operator, text: string, number: number | null }} Term `field` is "" for a bare word */
/** @typedef {{ terms: Term[], problem: string | null }} Query */

/**
 * What a term is asked of.
 * @typedef {object} Subject
 * @property {(field: string) => string | readonly string[]} text lower case
 * @property {(field: string) => number | null} number
 */

const NUMERIC = new Set(["duration", "self", "spans", "errors", "depth"]);
const DURATIONS = new Set(["duration", "self"]);
const TERM = /(-?)(?:([a-z_]+)(!=|>=|<=|=|>|<|~|:))?(?:"([^"]*)"?|(\S+))/giy;

/**
 * @param {string} input
 * @returns {Query}
 */
export function parseQuery(input) {
  /** @type {Term[]} */
  const terms = [];
  /** @type {string | null} */
  let problem = null;
  TERM.lastIndex = 0;
  const source = input.trim();
  while (TERM.lastIndex < source.length) {
    while (source[TERM.lastIndex] === " ") TERM.lastIndex += 1;
    const found = TERM.exec(source);
    if (!found) break;
    const word = found[4] ?? found[5] ?? "";
    const field = (found[2] ?? "").toLowerCase();
    if (field === "" || !(/** @type {readonly string[]} */ (FIELDS).includes(field))) {
      if (field !== "" && found[3] !== ":") problem ??= `There is no field “${field}”; try ${FIELDS.slice(0, 5).join(", ")}.`;
      const text = (field === "" ? word : found[0]).replaceAll('"', "").toLowerCase();
      if (text !== "") terms.push({ field: "", operator: found[1] === "-" ? "!=" : "=", text: text.replace(/^-/, ""), number: null });
      continue;
    }
    const operator = /** @type {Operator} */ (found[3] === ":" ? "=" : found[3]);
    const number = NUMERIC.has(field) ? (DURATIONS.has(field) ? parseDuration(word) : toNumber(word)) : null;
    if (NUMERIC.has(field) && number === null) {
      problem ??= DURATIONS.has(field) ? `“${word}” is no duration; try ${field}>50ms.` : `“${word}” is no number.`;
      continue;
    }
    terms.push({ field, operator, text: word.toLowerCase(), number });
  }
  return { terms, problem };
}

/** @param {string} word */
function toNumber(word) {
  const number = Number(word);
  return word !== "" && Number.isFinite(number) ? number : null;
}

/**
 * @param {Query} query
 * @param {Subject} subject
 * @returns {boolean}
 */
export function matches(query, subject) {
  return query.terms.every((term) => matchesTerm(term, subject));
}

/**
 * @param {Term} term
 * @param {Subject} subject
 */
function matchesTerm(term, subject) {
  if (term.number !== null) {
    const number = subject.number(term.field);
    return number !== null && compare(number, term.operator, term.number);
  }
  const said = subject.text(term.field);
  const values = typeof said === "string" ? [said] : said;
  // A bare word, and `~`, look inside; `=` wants the whole, save where a name's part is all one knows.
  const inside = term.field === "" || term.operator === "~" || term.field === "name" || term.field === "note" || term.field === "id";
  const found = values.some((value) => (inside ? value.includes(term.text) : value === term.text));
  return term.operator === "!=" ? !found : found;
}

/**
 * @param {number} value
 * @param {Operator} operator
 * @param {number} limit
 */
function compare(value, operator, limit) {
  switch (operator) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case "!=":
      return value !== limit;
    default:
      return value === limit;
  }
}
