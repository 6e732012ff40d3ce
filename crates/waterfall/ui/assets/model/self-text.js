// The words for the self time of a span.

import { callTargetText } from "./call-target.js";
import { formatDuration } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @param {string} share of the span that is self time
 * @returns {string} such as "12 % of the span, the rest is in child spans"
 */
export function selfTimeText(trace, row, share) {
  if (trace.kindOf(row) === "producer") return sendText(trace, row);
  if (hasAwaitedChild(trace, row)) return `${share} of the span, the rest is in child spans`;
  if (trace.peerOf.has(row)) return `the call to ${callTargetText(trace, row)}`;
  if (trace.likely.calleesOf.has(row)) return `${share} of the span, the rest is likely below a missing parent`;
  if (trace.self[row] < trace.length[row]) return "no child spans; the rest is after its parent had ended";
  return trace.children[row] > 0 ? "all of the span: it did not wait for its child spans" : "no child spans";
}

/**
 * @param {Trace} trace
 * @param {number} row of a producer
 */
function sendText(trace, row) {
  const wait = trace.waits.queueOf.get(row);
  const queued = wait ? `; the message then waited ${formatDuration(wait.wait)} in the queue` : "";
  return `sending the message${queued}`;
}

/**
 * @param {Trace} trace
 * @param {number} row
 */
function hasAwaitedChild(trace, row) {
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    if (trace.detached[child] === 0) return true;
  }
  return false;
}
