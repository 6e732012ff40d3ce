// Lines of the label of an edge in a trace's graph of services. Up to 35 characters of a line fit between two boxes.

import { formatCount, formatDuration, plural } from "./duration.js";

/**
 * @param {import("./service-graph.js").ServiceEdge} edge
 * @returns {string[]} such as "1 async call · 112 ms", "45.0 s in the queue"
 */
export function callLabel({ calls, time, errors, likely = 0, givenUp = 0, waited = 0, ...asynchronous }) {
  const { detached = 0, detachedTime = 0, queued = 0, queueTime = 0 } = asynchronous;
  const answered = calls - givenUp - detached;
  return [
    ...(answered > 0 ? [`${plural(answered, "call")} · ${average(time, answered)}`] : []),
    ...(detached > 0 ? [`${plural(detached, "async call")} · ${average(detachedTime, detached)}`] : []),
    ...(queued > 0 ? [`${average(queueTime, queued)} in the queue`] : []),
    ...(givenUp > 0 ? [`${plural(givenUp, "call")} given up after ${formatDuration(waited / givenUp)}`] : []),
    ...(errors > 0 ? [plural(errors, "error")] : []),
    ...(likely > 0 ? [likely === calls ? "likely" : `${formatCount(likely)} of them likely`] : []),
  ];
}

/**
 * @param {number} sum nanoseconds
 * @param {number} count
 */
function average(sum, count) {
  return `${count > 1 ? "avg " : ""}${formatDuration(sum / count)}`;
}
