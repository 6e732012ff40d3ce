// Query completion: the range of the query to replace, and the options for it.

import { finite, list, record, text } from "./wire.js";

/** @typedef {{ text: string, label: string, detail: string, kind: string }} Option `text` is inserted, `label` shown */
/** @typedef {{ from: number, to: number, options: Option[] }} Completion `from` and `to` are UTF-16 offsets */

/** @type {Completion} */
export const NO_COMPLETION = { from: 0, to: 0, options: [] };

/**
 * @param {unknown} json response of `/api/ui/complete`
 * @param {string} query the query that was completed
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
 * Inserts an option and places the caret: after a field, for its value; after a value, for the next term.
 * @param {string} query
 * @param {Completion} completion
 * @param {Option} option
 * @returns {{ query: string, caret: number }}
 */
export function applyOption(query, { from, to }, option) {
  const rest = query.slice(to);
  const expectsValue = /[=<>~:!]$/.test(option.text);
  const space = expectsValue || rest.startsWith(" ") ? "" : " ";
  const before = query.slice(0, from) + option.text;
  return { query: before + space + rest, caret: before.length + (expectsValue ? 0 : 1) };
}
