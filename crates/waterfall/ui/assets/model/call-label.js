// The words for the calls of an edge in a trace's graph of services, as caller and callee measured them.

import { formatCount, formatDuration, plural } from "./duration.js";
import { errorsText, unreachedText } from "./error-outcome.js";

/** @typedef {import("./service-calls.js").ServiceEdge} ServiceEdge */

/**
 * The lines of its label: up to 35 characters fit between two boxes. The time is the caller's, if it has spans.
 * @param {ServiceEdge} edge
 * @returns {string[]} such as "1 call · 40.0 ms", "1 async call · 112 ms", "45.0 s in the queue"
 */
export function callLabel(edge) {
  const { calls, time, measured = 0, waited = 0, givenUp = 0, givenUpAfter = 0, likely = 0 } = edge;
  // That a call failed which was given up goes without saying.
  const failures = edge.errors === edge.givenUpErrors ? unreachedText(edge) : errorsText(edge);
  const { detached = 0, detachedTime = 0, queued = 0, queueTime = 0 } = edge;
  const answered = answeredCalls(edge);
  const taken = measured > 0 ? average(waited, measured) : `callee ${average(time, answered)}`;
  return [
    ...(answered > 0 ? [`${plural(answered, "call")} · ${taken}`] : []),
    ...(detached > 0 ? [`${plural(detached, "async call")} · ${average(detachedTime, detached)}`] : []),
    ...(queued > 0 ? [`${average(queueTime, queued)} in the queue`] : []),
    ...(givenUp > 0 ? [`${plural(givenUp, "call")} given up after ${average(givenUpAfter, givenUp)}`] : []),
    ...(failures ? [failures] : []),
    ...(likely > 0 ? [likely === calls ? "likely" : `${formatCount(likely)} of them likely`] : []),
  ];
}

/**
 * What each side measured.
 * @param {ServiceEdge} edge
 * @returns {string[]} such as "caller waited 861 ms, callee worked 12.0 ms"; of several calls also the caller's
 *   longest
 */
export function callSides(edge) {
  const {
    time,
    measured = 0,
    waited = 0,
    longest = 0,
    givenUp = 0,
    givenUpAfter = 0,
    late = 0,
    detached = 0,
    detachedTime = 0,
  } = edge;
  const answered = answeredCalls(edge);
  const known = measured < answered ? ` in ${formatCount(measured)} of ${formatCount(answered)} calls` : "";
  const most = measured > 1 ? ` (longest ${formatDuration(longest)})` : "";
  const caller = measured > 0
    ? `caller waited ${average(waited, measured)}${most}${known}`
    : "caller has no span of the call";
  const callee = edge.isToPeer ? "callee has no span" : `callee worked ${average(time, answered)}`;
  return [
    ...(answered > 0 ? [`${caller}, ${callee}`] : []),
    ...(givenUp > 0
      ? [`caller gave up after ${average(givenUpAfter, givenUp)}, callee worked ${average(late, givenUp)}`]
      : []),
    ...(detached > 0 ? [`caller did not wait, callee worked ${average(detachedTime, detached)}`] : []),
  ];
}

/** @param {ServiceEdge} edge */
function answeredCalls({ calls, givenUp = 0, detached = 0 }) {
  return calls - givenUp - detached;
}

/**
 * @param {number} sum nanoseconds
 * @param {number} count
 */
function average(sum, count) {
  return `${count > 1 ? "avg " : ""}${formatDuration(sum / count)}`;
}
