// What completes a query: a stretch of the text, and what may stand there instead.

import { finite, list, record, text } from "./wire.js";

/** @typedef {{ text: string, label: string, detail: string, kind: string }} Option `text` goes into the query, `label` is read */
/** @typedef {{ from: number, to: number, options: Option[] }} Completion `from` and `to` in UTF-16 units, as a field's caret counts */

/** @type {Completion} */
export const NO_COMPLETION = { from: 0, to: 0, options: [] };

/**
 * @param {unknown} json the answer of `/api/ui/complete`
 * @param {string} query that was asked about
 * @returns {Completion}
 */
export function readCompletion(json, query) {
  const wire = record(json);
  const from = Math.min(Math.max(0, finite(wire.from)), query.length);
  const to = Math.min(Math.max(from, finite(wire.to)), query.length);
  const options = list(wire.options).map((option) => ({
    text: text(option.text),
    label: text(option.label) || text(option.text),
    detail: text(option.detail),
    kind: text(option.kind),
  }));
  return { from, to, options: options.filter((option) => option.text !== "") };
}

/**
 * The query with an option taken, and where the caret stands then. A field wants its value next; behind a value a new
 * term may begin.
 * @param {string} query
 * @param {Completion} completion
 * @param {Option} option
 * @returns {{ query: string, caret: number }}
 */
export function applyOption(query, { from, to }, option) {
  const rest = query.slice(to);
  const shouldContinue = /[=<>~:!]$/.test(option.text);
  const space = shouldContinue || rest.startsWith(" ") ? "" : " ";
  const before = query.slice(0, from) + option.text;
  return { query: before + space + rest, caret: before.length + (shouldContinue ? 0 : 1) };
}
