// The words for waits that belong to no span: they say what is known, and no cause.

import { formatCount, formatDuration } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * When the caller stopped waiting, and what the callee did then.
 * @param {import("./waits.js").GivenUp} call
 * @returns {string} such as "gave up after 852 ms; the callee began 1.49 s after the call and ran for 6.00 ms"
 */
export function givenUpText({ waited, began, ended }) {
  const callee = began > waited
    ? `the callee began ${formatDuration(began)} after the call and ran for ${formatDuration(ended - began)}`
    : `the callee ran on for ${formatDuration(ended - waited)}`;
  return `gave up after ${formatDuration(waited)}; ${callee}`;
}

/**
 * @param {Trace} trace
 * @param {number} row of the producer or the consumer
 * @returns {string} such as "2.37 s in the queue, until worker took it"; empty if the row's message did not wait
 */
export function queueText(trace, row) {
  const wait = trace.waits.queueOf.get(row);
  if (!wait) return "";
  if (row === wait.producer) return takenText(trace, wait);
  return `${formatDuration(wait.wait)} in the queue, since ${trace.serviceOf(wait.producer)} sent it`;
}

/**
 * @param {Trace} trace
 * @param {import("./waits.js").QueueWait} wait
 */
function takenText(trace, { consumer, wait }) {
  return `${formatDuration(wait)} in the queue, until ${trace.serviceOf(consumer)} took it`;
}

/**
 * What is known of a row's waits: a call that was given up, or a message in a queue.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if there is none
 */
export function waitText(trace, row) {
  const call = trace.waits.givenUpOf.get(row);
  if (!call) return queueText(trace, row);
  return row === call.client ? givenUpText(call) : `the caller ${givenUpText(call)}`;
}

/**
 * The same in a few words, for a row.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "45.0 s in the queue"; empty if there is none
 */
export function shortWaitText(trace, row) {
  const call = trace.waits.givenUpOf.get(row);
  if (!call) {
    const wait = trace.waits.queueOf.get(row);
    return wait ? `${formatDuration(wait.wait)} in the queue` : "";
  }
  const { client, waited, began, ended } = call;
  // The row has the time that it waited as its duration.
  if (row === client) return "gave up";
  return began > waited
    ? `began ${formatDuration(began - waited)} after the caller gave up`
    : `ran on ${formatDuration(ended - waited)} after the caller gave up`;
}

/**
 * What is known of the waits of several spans.
 * @param {Trace} trace
 * @param {{ count: number, waiting: readonly number[], queued: number }} spans their number, the rows of those that
 *   waited, and nanoseconds that a message waited in the queue at most
 * @returns {string} such as "gave up after 852 ms", "2 of 5 gave up, after at most 852 ms"; empty if none waited
 */
export function waitsText(trace, { count, waiting, queued }) {
  const { givenUpOf } = trace.waits;
  const callers = waiting.filter((row) => givenUpOf.get(row)?.client === row);
  const callees = waiting.filter((row) => givenUpOf.get(row)?.server === row);
  const longest = formatDuration(callers.reduce((most, row) => Math.max(most, trace.length[row]), 0));
  if (count === 1 && waiting.length === 1) {
    return callers.length === 1 ? `gave up after ${longest}` : shortWaitText(trace, waiting[0]);
  }
  const some = (/** @type {readonly number[]} */ rows) => `${formatCount(rows.length)} of ${formatCount(count)}`;
  return [
    ...(callers.length > 0 ? [`${some(callers)} gave up, after at most ${longest}`] : []),
    ...(callees.length > 0 ? [`${some(callees)} ended after the caller gave up`] : []),
    ...(queued > 0 ? [`at most ${formatDuration(queued)} in the queue`] : []),
  ].join("; ");
}

/**
 * The row that waited longest.
 * @param {Trace} trace
 * @param {readonly number[]} waiting rows
 */
export function longestWait({ waits }, waiting) {
  const length = (/** @type {number} */ row) => {
    const call = waits.givenUpOf.get(row);
    if (!call) return waits.queueOf.get(row)?.wait ?? 0;
    return row === call.client ? call.waited : call.ended - call.waited;
  };
  return waiting.reduce((longest, row) => length(row) > length(longest) ? row : longest);
}

/**
 * A stretch in which nothing ran: the time of the message whose consumer ended it, else the stretch itself.
 * @param {Trace} trace
 * @param {import("./waits.js").Idle} idle
 * @returns {{ length: number, text: string }} such as "2.37 s in the queue, until worker took it"
 */
export function idleText(trace, { from, to, after }) {
  const wait = trace.waits.queueOf.get(after);
  if (wait?.consumer === after) return { length: wait.wait, text: takenText(trace, wait) };
  const length = to - from;
  return { length, text: `${formatDuration(length)} in which nothing ran, before ${trace.serviceOf(after)}` };
}
