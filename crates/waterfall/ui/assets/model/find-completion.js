// Completes the search inside one trace from the data that the page has loaded.

import { FIELDS } from "./query.js";
import { KINDS, STATUSES } from "./trace.js";

/** @typedef {import("./trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("./completion.js").Option} Option */
/** @typedef {import("./completion.js").Completion} Completion */

/** @type {Record<string, string>} */
const MEANINGS = {
  service: "service name",
  name: "operation name",
  kind: "server, client, …",
  status: "error, ok or unset",
  duration: "span duration, e.g. >5ms",
  self: "self time, e.g. >1ms",
  depth: "depth in the tree",
  id: "span ID",
  note: "status code or statement",
};
const COMPARED = new Set(["duration", "self", "depth"]);
const MAX_OPTIONS = 50;

/**
 * @param {string} query
 * @param {number} caret
 * @param {TraceScreen} screen
 * @returns {Completion}
 */
export function completeFind(query, caret, screen) {
  const before = query.slice(termStart(query, caret), caret);
  const after = /^[^\s"]*/.exec(query.slice(caret))?.[0] ?? "";
  const [from, to] = [caret - before.length, caret + after.length];
  const term = /^(-?)([a-z_][a-z0-9_.-]*)(!=|=|~|:)"?(.*?)"?$/i.exec(before);
  const options = term ? valuesOf(term[2].toLowerCase(), `${term[1]}${term[2]}${term[3]}`, screen) : fieldsOf(screen);
  const typed = (term ? term[4] : before).toLowerCase();
  const fitting = options.filter(({ label }) => label.toLowerCase().includes(typed));
  // Prefix matches come first; otherwise the order is kept.
  fitting.sort((a, b) =>
    Number(b.label.toLowerCase().startsWith(typed)) - Number(a.label.toLowerCase().startsWith(typed))
  );
  return { from, to, options: fitting.slice(0, MAX_OPTIONS) };
}

/**
 * Start of the term at the caret: after the last space outside quotes.
 * @param {string} query
 * @param {number} caret
 */
function termStart(query, caret) {
  let start = 0;
  let quoteValue = false;
  for (let at = 0; at < caret; at += 1) {
    if (query[at] === '"') quoteValue = !quoteValue;
    else if (query[at] === " " && !quoteValue) start = at + 1;
  }
  return start;
}

/**
 * @param {TraceScreen} screen
 * @returns {Option[]}
 */
function fieldsOf(screen) {
  const fields = FIELDS.map((field) => ({
    text: COMPARED.has(field) ? `${field}>` : `${field}=`,
    label: field,
    detail: MEANINGS[field] ?? "",
    kind: "field",
  }));
  const keys = [
    ...new Set([...(screen.index?.attributes.values() ?? [])].flatMap((pairs) => pairs.map(([key]) => key))),
  ].filter((key) => key.includes(".")).sort();
  return [...fields, ...keys.map((key) => ({ text: `${key}=`, label: key, detail: "attribute", kind: "attribute" }))];
}

/**
 * @param {string} field
 * @param {string} head the term before its value
 * @param {TraceScreen} screen
 * @returns {Option[]}
 */
function valuesOf(field, head, { trace, index }) {
  const values = () => {
    if (field === "service") return trace.services;
    if (field === "name") return trace.names.filter((name) => name !== "");
    if (field === "kind") return KINDS;
    if (field === "status") return STATUSES;
    return [...(index?.attributes.values() ?? [])].flatMap((pairs) =>
      pairs.filter(([key]) => key === field).map(([, value]) => value)
    );
  };
  return [...new Set(values())].map((value) => ({
    text: head + quoteValue(value),
    label: value,
    detail: field,
    kind: "value",
  }));
}

/** @param {string} value */
function quoteValue(value) {
  return /^[^\s"]+$/.test(value) ? value : `"${value.replaceAll('"', "")}"`;
}
