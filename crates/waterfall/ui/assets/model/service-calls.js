// The calls from one service of a trace to another: how many, how long by the caller's and the callee's clock, and what
// became of them.

import { queueWait } from "./asynchronous.js";
import { noErrors, reachedErrors } from "./error-outcome.js";
import { remoteCallOf } from "./remote-call.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * A call is answered unless it was given up or asynchronous. Sums are nanoseconds.
 * @typedef {object} CallTotals
 * @property {number} from service
 * @property {number} to service
 * @property {number} calls
 * @property {number} time sum of the callee's spans of answered calls
 * @property {number} [measured] number of answered calls of which the caller has a span
 * @property {number} [waited] sum of these spans
 * @property {number} [longest] the longest of these spans
 * @property {number} [givenUp] number of calls whose caller gave up before the answer
 * @property {number} [givenUpAfter] sum of the caller's spans of these
 * @property {number} [givenUpErrors] number of these with an error, which is no news
 * @property {number} [late] sum of the callee's spans of these
 * @property {number} [detached] number of asynchronous calls: the caller did not wait
 * @property {number} [detachedTime] sum of the callee's spans of these
 * @property {number} [queued] number of messages that waited in a queue
 * @property {number} [queueTime] sum of these waits
 * @property {number} [likely] number of calls that are likely only: a span between caller and callee was lost
 * @property {boolean} [isToPeer] the callee has no span in the trace
 * @property {number[]} [rows] the callee's spans; of a peer, the callers'
 * @property {import("./call-text.js").CallSides} [sides] what each side measured, over all traces
 */
/**
 * Its errors are calls of which the caller's or the callee's span has an error.
 * @typedef {CallTotals & import("./error-outcome.js").ErrorCounts} ServiceEdge
 */

/**
 * @param {number} from service
 * @param {number} to service
 */
export function noCalls(from, to) {
  return {
    from,
    to,
    calls: 0,
    ...noErrors(),
    time: 0,
    measured: 0,
    waited: 0,
    longest: 0,
    givenUp: 0,
    givenUpAfter: 0,
    givenUpErrors: 0,
    late: 0,
    detached: 0,
    detachedTime: 0,
    queued: 0,
    queueTime: 0,
    likely: 0,
    isToPeer: false,
    rows: /** @type {number[]} */ ([]),
  };
}

/**
 * @param {ReturnType<typeof noCalls>} edge
 * @param {Trace} trace
 * @param {number} row of the callee's span
 */
export function addCall(edge, trace, row) {
  const client = clientOf(trace, row);
  const failed = countCall(edge, trace, row);
  const call = trace.waits.givenUpOf.get(row);
  if (call?.server === row) {
    edge.givenUp += 1;
    edge.givenUpAfter += call.waited;
    edge.givenUpErrors += failed < 0 ? 0 : 1;
    edge.late += trace.length[row];
  } else if (trace.detached[row] === 1) {
    const wait = queueWait(trace, row);
    edge.detached += 1;
    edge.detachedTime += trace.length[row];
    edge.queued += wait > 0 ? 1 : 0;
    edge.queueTime += wait;
  } else {
    edge.time += trace.length[row];
    if (client >= 0) addWait(edge, trace.length[client]);
  }
}

/**
 * Adds a call of which only the caller's span is known.
 * @param {ReturnType<typeof noCalls>} edge
 * @param {Trace} trace
 * @param {number} row of the caller's span
 */
export function addCallToPeer(edge, trace, row) {
  countCall(edge, trace, row);
  edge.isToPeer = true;
  addWait(edge, trace.length[row]);
}

/**
 * @param {ReturnType<typeof noCalls>} edge
 * @param {number} length of the caller's span
 */
function addWait(edge, length) {
  edge.measured += 1;
  edge.waited += length;
  edge.longest = Math.max(edge.longest, length);
}

/**
 * @param {ReturnType<typeof noCalls>} edge
 * @param {Trace} trace
 * @param {number} row
 * @returns {number} the row of the span that has an error, or -1
 */
function countCall(edge, trace, row) {
  edge.calls += 1;
  edge.rows.push(row);
  const failed = failedSpan(trace, row);
  if (failed >= 0) {
    edge.errors += 1;
    const outcome = trace.unreached.get(failed);
    if (outcome) edge[outcome] += 1;
  }
  return failed;
}

/**
 * Whether the error of a call reached the root: the edge is drawn in red.
 * @param {ServiceEdge} edge
 */
export function isFailing(edge) {
  return reachedErrors(edge) > 0;
}

/**
 * Whether a call has an error, or was given up: that is said also where there is no room for the other facts.
 * @param {ServiceEdge} edge
 */
export function isNotable({ errors, givenUp = 0 }) {
  return errors > 0 || givenUp > 0;
}

/**
 * The span to look at among an edge's calls: the first with an error that reached the root, or else the first with an
 * error, or else that of the longest call.
 * @param {Trace} trace
 * @param {ServiceEdge} edge
 * @returns {number} its row, or -1
 */
export function tellingSpan(trace, { rows = [] }) {
  const failed = rows.map((row) => failedSpan(trace, row)).filter((row) => row >= 0);
  if (failed.length > 0) return failed.find((row) => !trace.unreached.has(row)) ?? failed[0];
  const spans = rows.map((row) => {
    const client = clientOf(trace, row);
    return client < 0 ? row : client;
  });
  return spans.reduce((longest, row) => longest < 0 || trace.length[row] > trace.length[longest] ? row : longest, -1);
}

/**
 * The caller's span of a call.
 * @param {Trace} trace
 * @param {number} row of the callee's span
 * @returns {number} -1 if there is none of this call alone
 */
function clientOf(trace, row) {
  return trace.kindOf(row) === "server" ? remoteCallOf(trace, row)?.client ?? -1 : -1;
}

/**
 * The span of a call that has an error: of two, the one whose error reached the root, and the callee's first.
 * @param {Trace} trace
 * @param {number} row of the callee's span
 * @returns {number} -1 if the call is well
 */
function failedSpan(trace, row) {
  const failed = [row, clientOf(trace, row)].filter((span) => span >= 0 && trace.isError(span));
  return failed.find((span) => !trace.unreached.has(span)) ?? failed[0] ?? -1;
}
