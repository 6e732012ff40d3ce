// Notes beside the name of an operation, in view also in a narrow window: one span with most of the time, waits, calls
// that were given up, and asynchronous calls. A note about one span is a link to it.

import { formatCount, formatDuration } from "../model/duration.js";
import { longestWait, waitsText, waitText } from "../model/wait-text.js";
import { el } from "./dom.js";

/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/operation-stats.js").Operation} Operation */

/**
 * @param {Trace} trace
 * @param {Operation} operation
 * @param {(row: number) => void} open
 */
export function operationNotes(trace, operation, open) {
  return [outlierNote(trace, operation, open), waitNote(trace, operation, open), asynchronousNote(operation)];
}

/**
 * A link to a span.
 * @param {Trace} trace
 * @param {number} row
 * @param {string} text
 * @param {(row: number) => void} open
 */
export function spanLink(trace, row, text, open) {
  const title = `Open this span, on level ${formatCount(trace.depth[row] + 1)}`;
  const link = el("button", { type: "button", class: "operation-link", title }, text);
  link.addEventListener("click", () => open(row));
  return link;
}

/**
 * Says that one span has most of the time of several.
 * @param {Trace} trace
 * @param {Operation} operation
 * @param {(row: number) => void} open
 */
function outlierNote(trace, { count, self, maxSelf, maxSelfRow }, open) {
  if (count < 3 || maxSelf <= self / 2) return null;
  const link = spanLink(trace, maxSelfRow, `one span has ${formatDuration(maxSelf)} of it`, open);
  link.classList.add("stands-out");
  return link;
}

/**
 * @param {Trace} trace
 * @param {Operation} operation
 * @param {(row: number) => void} open
 */
function waitNote(trace, operation, open) {
  if (operation.waiting.length === 0) return null;
  const row = longestWait(trace, operation.waiting);
  const link = spanLink(trace, row, waitsText(trace, operation), open);
  link.classList.add("operation-note", "wait-mark");
  link.title = `${waitText(trace, row)}\n${link.title}`;
  return link;
}

/** @param {Operation} operation */
function asynchronousNote({ detached }) {
  return detached > 0 ? el("span", { class: "muted operation-note" }, "asynchronous") : null;
}
