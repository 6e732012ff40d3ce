// Errors among some spans, and what became of them: of those that reached the root one speaks loudly, of the others
// quietly.

import { formatCount, plural } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {"handled" | "background"} Outcome of an error that did not reach the root */

/**
 * @typedef {object} ErrorCounts
 * @property {number} errors all spans with an error
 * @property {number} handled of these, those that were handled
 * @property {number} background of these, those of work that no caller waited for
 */

/** @returns {ErrorCounts} */
export function noErrors() {
  return { errors: 0, handled: 0, background: 0 };
}

/**
 * Counts the error of a row, if it has one.
 * @param {ErrorCounts} counts
 * @param {Trace} trace
 * @param {number} row
 */
export function countError(counts, trace, row) {
  if (!trace.isError(row)) return;
  counts.errors += 1;
  const outcome = trace.unreached.get(row);
  if (outcome) counts[outcome] += 1;
}

/**
 * The errors of a whole trace.
 * @param {Trace} trace
 * @returns {ErrorCounts}
 */
export function errorsOf({ errors, unreached }) {
  const counts = { ...noErrors(), errors };
  for (const outcome of unreached.values()) counts[outcome] += 1;
  return counts;
}

/**
 * The number of errors that reached the root.
 * @param {ErrorCounts} counts
 */
export function reachedErrors({ errors, handled, background }) {
  return errors - handled - background;
}

/**
 * @param {ErrorCounts} counts
 * @returns {string} `3 errors`, `3 errors, 1 handled`, `2 errors, handled`; empty without errors
 */
export function errorsText({ errors, handled, background }) {
  if (errors === 0) return "";
  const all = plural(errors, "error");
  if (handled === errors) return `${all}, handled`;
  if (background === errors) return `${all}, in the background`;
  return [all, unreachedText({ handled, background })].filter(Boolean).join(", ");
}

/**
 * The errors that did not reach the root.
 * @param {{ handled: number, background: number }} counts
 * @returns {string} `1 handled`, `2 handled, 1 in the background`; empty if there are none
 */
export function unreachedText({ handled, background }) {
  return [
    ...(handled > 0 ? [`${formatCount(handled)} handled`] : []),
    ...(background > 0 ? [`${formatCount(background)} in the background`] : []),
  ].join(", ");
}

/**
 * What became of the error of one span that did not reach the root.
 * @param {Outcome} outcome
 */
export function outcomeText(outcome) {
  return outcome === "handled"
    ? "handled: it did not reach the root"
    : "in the background: no caller waited for this span";
}
