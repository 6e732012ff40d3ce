// Query language of the search inside one trace. (The trace list's filter language is larger; the server evaluates it.)
//   service=users status=error duration>50ms name!=GET http.route="/users" "some words"
// All terms must match. A plain word matches any text of the row; a field name with a dot is an attribute key.

import { parseDuration } from "./duration.js";

export const FIELDS =
  /** @type {const} */ (["service", "name", "kind", "status", "duration", "self", "depth", "note", "id"]);

/** @typedef {"=" | "!=" | ">" | ">=" | "<" | "<=" | "~"} Operator */
/**
 * `field` is "" for a plain word.
 * @typedef {{ field: string, operator: Operator, text: string, number: number | null }} Term
 */
/** @typedef {{ terms: Term[], problem: string | null }} Query */

/**
 * Gives access to the fields of one span.
 * @typedef {object} FieldReader
 * @property {(field: string) => string | readonly string[]} text lower case
 * @property {(field: string) => number | null} number
 * @property {(term: Term) => boolean} attribute whether an attribute satisfies a term, negations aside
 */

const NUMERIC = new Set(["duration", "self", "depth"]);
const DURATIONS = new Set(["duration", "self"]);
const TERM = /(-?)(?:([a-z_][a-z0-9_.\-]*)(!=|>=|<=|=|>|<|~|:))?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/giy;
const UNFINISHED = /^-?[a-z_][a-z0-9_.-]*(!=?|>=|<=|=|>|<|~)$/i;

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
    const word = found[4]?.replace(/\\(.)/g, "$1") ?? found[5] ?? "";
    // A trailing term without a value is still being typed: ignore it.
    if (found[2] === undefined && UNFINISHED.test(word)) continue;
    const field = (found[2] ?? "").toLowerCase();
    const known = /** @type {readonly string[]} */ (FIELDS).includes(field) ||
      (field.includes(".") && found[3] !== ":");
    if (!known) {
      if (field !== "" && found[3] !== ":") {
        problem ??= `Unknown field “${field}”. Try ${FIELDS.slice(0, 5).join(", ")}.`;
      }
      const text = (field === "" ? word : found[0]).replaceAll('"', "").toLowerCase();
      if (text !== "") {
        terms.push({ field: "", operator: found[1] === "-" ? "!=" : "=", text: text.replace(/^-/, ""), number: null });
      }
      continue;
    }
    const operator = /** @type {Operator} */ (found[3] === ":" ? "=" : found[3]);
    const compares = found[3] === ">" || found[3] === ">=" || found[3] === "<" || found[3] === "<=";
    const number = field.includes(".")
      ? (compares ? toNumber(word) : null)
      : NUMERIC.has(field)
      ? (DURATIONS.has(field) ? parseDuration(word) : toNumber(word))
      : null;
    if ((NUMERIC.has(field) || compares) && number === null) {
      problem ??= DURATIONS.has(field)
        ? `“${word}” is not a duration. Try ${field}>50ms.`
        : `“${word}” is not a number.`;
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
 * The terms that read span attributes: those of an attribute, and plain words.
 * @param {Query} query
 */
export function attributeTerms(query) {
  return query.terms.filter(({ field }) => field === "" || field.includes("."));
}

/**
 * @param {Query} query
 * @param {FieldReader} fields
 * @returns {boolean}
 */
export function matches(query, fields) {
  return query.terms.every((term) => matchesTerm(term, fields));
}

/**
 * @param {Term} term
 * @param {FieldReader} fields
 */
function matchesTerm(term, fields) {
  if (term.field.includes(".")) return fields.attribute(term) !== (term.operator === "!=");
  const limit = term.number;
  if (limit !== null) {
    const number = fields.number(term.field);
    return number !== null && compare(number, term.operator, limit);
  }
  const value = fields.text(term.field);
  const values = typeof value === "string" ? [value] : value;
  // Words and `~` match substrings; so does `=` for names, notes and ids. Otherwise `=` is exact.
  const inside = term.field === "" || term.operator === "~" || term.field === "name" || term.field === "note" ||
    term.field === "id";
  const found = values.some((value) => (inside ? value.includes(term.text) : value === term.text)) ||
    (term.field === "" && fields.attribute(term));
  return term.operator === "!=" ? !found : found;
}

/**
 * Whether one value of an attribute satisfies a term, negations aside. The server evaluates the same in
 * `waterfall/src/api/find.rs`.
 * @param {string} value lower case
 * @param {Term} term
 */
export function satisfies(value, term) {
  if (term.number !== null) return value.trim() !== "" && compare(Number(value), term.operator, term.number);
  return term.field === "" || term.operator === "~" ? value.includes(term.text) : value === term.text;
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
