// Marks of errors: red for those that reached the root, a quiet ring for the others.

import { errorsText, outcomeText, reachedErrors, unreachedText } from "../model/error-outcome.js";
import { formatCount } from "../model/duration.js";
import { el } from "./dom.js";

/** @typedef {import("../model/error-outcome.js").ErrorCounts} ErrorCounts */

/**
 * The mark of one span.
 * @param {import("../model/error-outcome.js").Outcome | undefined} outcome undefined if its error reached the root
 */
export function errorMark(outcome) {
  return markOf(outcome !== undefined, outcome ? `Error, ${outcomeText(outcome)}` : "Error");
}

/**
 * The mark of several spans, of which some have errors.
 * @param {ErrorCounts} counts
 */
export function errorsMark(counts) {
  return markOf(reachedErrors(counts) === 0, errorsText(counts));
}

/**
 * The numbers of errors: those that reached the root, then the others in words.
 * @param {ErrorCounts} counts
 * @returns {HTMLElement[]} none without errors
 */
export function errorBadges(counts) {
  const [reached, unreached, title] = [reachedErrors(counts), unreachedText(counts), errorsText(counts)];
  return [
    ...(reached > 0 ? [el("span", { class: "badge error", title }, formatCount(reached))] : []),
    ...(unreached ? [el("span", { class: "badge unreached", title }, unreached)] : []),
  ];
}

/**
 * The errors of a whole trace, in one badge.
 * @param {ErrorCounts} counts
 */
export function errorsBadge(counts) {
  const failed = reachedErrors(counts) > 0;
  const text = errorsText(counts);
  const title = `${text}: ${failed ? "an error reached the root span" : "none reached the root span"}`;
  return el("span", { class: `badge words ${failed ? "error" : "unreached"}`, title }, text);
}

/**
 * @param {boolean} isQuiet
 * @param {string} title
 */
function markOf(isQuiet, title) {
  return el("span", { class: isQuiet ? "error-mark unreached" : "error-mark", title }, "!");
}
