// Work that went on after the root span had ended, as the server found it, and the words for it.

import { formatDuration } from "./duration.js";
import { finite, record } from "./wire.js";

/**
 * Times in nanoseconds from the start of the trace.
 * @typedef {object} LateWork
 * @property {boolean} isAnswer whether the root answered a caller
 * @property {number} rootEnded
 * @property {number} ended when the last span ended
 */

/**
 * @param {unknown} wire
 * @returns {LateWork | null} null if the root ended last
 */
export function readLateWork(wire) {
  const { is_answer, root_ended, ended } = record(wire);
  if (typeof root_ended !== "number") return null;
  return { isAnswer: is_answer === true, rootEnded: finite(root_ended), ended: finite(ended) };
}

/**
 * @param {LateWork} work
 * @returns {string} such as "answered after 861 ms, work went on until 1.50 s"
 */
export function lateWorkText({ isAnswer, rootEnded, ended }) {
  const what = isAnswer ? "answered" : "the root span ended";
  return `${what} after ${formatDuration(rootEnded)}, work went on until ${formatDuration(ended)}`;
}
