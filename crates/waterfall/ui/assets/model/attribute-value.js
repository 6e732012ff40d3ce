// How the value of an attribute is shown: on one line, as text, as JSON, as a statement or as a stack trace.

import { attributeText } from "./attributes.js";
import { parseJsonText } from "./json-text.js";
import { formatSql } from "./sql.js";

/** @typedef {import("./attributes.js").Attribute} Attribute */

/**
 * `text` is what is shown, `original` what is copied.
 * @typedef {{ original: string } & (
 *   | { form: "line" | "block" | "sql" | "stack", text: string }
 *   | { form: "json", text: string, json: import("./json-text.js").JsonNode }
 * )} ShownValue
 */

/** Longer values get a block of their own. */
const LINE_CHARS = 60;
const SQL_KEYS = new Set(["db.query.text", "db.statement"]);
const STACK_KEYS = new Set(["exception.stacktrace", "code.stacktrace", "error.stack"]);

/**
 * @param {Attribute} attribute
 * @returns {ShownValue}
 */
export function shownValue(attribute) {
  const original = attributeText(attribute);
  if (STACK_KEYS.has(attribute.key)) return { form: "stack", text: original, original };
  if (SQL_KEYS.has(attribute.key)) {
    const text = formatSql(original);
    return { form: text.includes("\n") || text.length > LINE_CHARS ? "sql" : "line", text, original };
  }
  const isShort = original.length <= LINE_CHARS && !original.includes("\n");
  if (isShort) return { form: "line", text: original, original };
  const isList = attribute.type === "array" && !original.includes("\n");
  const json = isList ? null : parseJsonText(original);
  if (json !== null) return { form: "json", text: original, original, json };
  return { form: "block", text: original, original };
}

/**
 * The parts of a key, which may stand on lines of their own.
 * @param {string} key
 * @returns {string[]}
 */
export function keyParts(key) {
  return key.match(/[^.]+\.*|\.+/g) ?? [key];
}

/**
 * Whether the key or the value contains every word of a filter.
 * @param {Attribute} attribute
 * @param {string} filter
 */
export function matchesFilter(attribute, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${attribute.key}\n${attributeText(attribute)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
