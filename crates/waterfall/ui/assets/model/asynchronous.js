// Spans that no caller waited for, and the words for them: why they are not on the critical path, and what time of a
// message lies between two spans, where no view that adds up spans can draw it.

import { formatDuration, plural } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * The span itself, or its nearest ancestor, that its parent did not wait for.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} -1 if every caller waited
 */
export function asynchronousPart(trace, row) {
  for (let at = row; at >= 0; at = trace.parent[at]) if (trace.detached[at] === 1) return at;
  return -1;
}

/**
 * Why a span without time on the critical path is not on it, where that is known.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "not on it: asynchronous, orders did not wait for it (45.0 s in the queue)"
 */
export function offPathText(trace, row) {
  const part = asynchronousPart(trace, row);
  if (part < 0) return "not on the critical path";
  const it = part === row ? "it" : `${trace.serviceOf(part)} ${trace.names[part]}`;
  if (trace.waits.givenUpOf.has(part)) return `not on it: the caller had given up before ${it} ended`;
  const parent = trace.parent[part];
  const caller = parent >= 0 && trace.placeholder[parent] === 0 ? trace.serviceOf(parent) : "its caller";
  const wait = queueWait(trace, part);
  const queued = wait > 0 ? ` (${formatDuration(wait)} in the queue)` : "";
  return `not on it: asynchronous, ${caller} did not wait for ${it}${queued}`;
}

/**
 * How long the message of a consumer waited.
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} nanoseconds; 0 if the row is no consumer, or its message did not wait
 */
export function queueWait(trace, row) {
  const wait = trace.waits.queueOf.get(row);
  return wait?.consumer === row ? wait.wait : 0;
}

/**
 * The longest wait of a message in a queue.
 * @param {Trace} trace
 * @returns {import("./waits.js").QueueWait | undefined} undefined if no message waited
 */
export function longestQueue(trace) {
  /** @type {import("./waits.js").QueueWait | undefined} */
  let longest;
  for (const queue of trace.waits.queues) if (queue.wait > (longest?.wait ?? 0)) longest = queue;
  return longest;
}

/**
 * The time in queues that no span covers.
 * @param {Trace} trace
 * @returns {string} such as "45.0 s in the queue, from orders to mailer"; empty if no message waited
 */
export function queuesText(trace) {
  const longest = longestQueue(trace);
  if (!longest) return "";
  const between = `${formatDuration(longest.wait)} in the queue, from ${trace.serviceOf(longest.producer)} to ${
    trace.serviceOf(longest.consumer)
  }`;
  const waited = trace.waits.queues.filter(({ wait }) => wait > 0).length;
  return waited === 1 ? between : `${plural(waited, "message")} waited, at most ${between}`;
}

/**
 * What is said of a call or frame that no caller waited for.
 * @param {number} detached number of its spans that no caller waited for
 * @param {number} queued nanoseconds in the queue
 * @returns {string} such as "asynchronous, 45.0 s in the queue before it"; empty if every caller waited
 */
export function asynchronousText(detached, queued) {
  if (queued > 0) return `asynchronous, ${formatDuration(queued)} in the queue before it`;
  return detached > 0 ? "asynchronous" : "";
}
