// What a frame of the flame graph says of itself: on the frame, and in its tooltip.

import { asynchronousText } from "./asynchronous.js";
import { formatCount, formatDuration, plural } from "./duration.js";
import { errorsText, reachedErrors, unreachedText } from "./error-outcome.js";
import { shareOfSelfTime } from "./share.js";
import { waitsText } from "./wait-text.js";

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./flame.js").Frame} Frame */

/** Of fewer calls, one may well take most of the time. */
const MIN_CALLS = 3;

/**
 * What follows the name on a frame.
 * @param {Trace} trace
 * @param {Frame} frame
 * @returns {string[]} such as "1.35 s of self time in 942 ms", "24×", "longest 914 ms"; the last ones may be left out
 */
export function frameLabel(trace, frame) {
  const { calls, longest } = frame;
  const unreached = reachedErrors(frame) === 0 ? unreachedText(frame) : "";
  return [
    parallelText(frame) || totalText(frame),
    ...(calls > 1 ? [`${formatCount(calls)}×`] : []),
    ...(hasOutlier(trace, frame) ? [`longest ${formatDuration(trace.length[longest])}`] : []),
    ...(unreached ? [unreached] : []),
    ...waits(trace, frame),
  ];
}

/**
 * @param {Trace} trace
 * @param {Frame} frame
 * @param {number} totalSelf self time of the whole trace
 * @returns {string[]} lines
 */
export function frameLines(trace, frame, totalSelf) {
  const { total, self, time, calls } = frame;
  const parallel = parallelText(frame);
  const longest = calls > 1 ? `, longest ${formatDuration(trace.length[frame.longest])}` : "";
  const own = self < total ? `${formatDuration(self)} self time of its own, ` : "";
  return [
    `${formatDuration(total)} self time with descendants, ${shareOfSelfTime(total, totalSelf)}`,
    ...(parallel ? [`${parallel}: some of it ran at the same time`] : []),
    `${plural(calls, "call")}${longest}, ${own}${formatDuration(time)} sum of durations`,
    errorsText(frame),
    ...waits(trace, frame),
  ].filter(Boolean);
}

/**
 * Calls that were given up, and calls that no caller waited for.
 * @param {Trace} trace
 * @param {Frame} frame
 */
function waits(trace, { calls, givenUp, detached, queued }) {
  const texts = [waitsText(trace, { count: calls, waiting: givenUp, queued: 0 }), asynchronousText(detached, queued)];
  return texts.filter(Boolean);
}

/**
 * Says that a frame's width is more than the time that passed, because spans ran at the same time.
 * @param {Frame} frame
 * @returns {string} such as "1.35 s of self time in 942 ms"; empty if it is not
 */
function parallelText({ total, from, to }) {
  const [sum, passed] = [formatDuration(total), formatDuration(to - from)];
  return total > to - from && sum !== passed ? `${sum} of self time in ${passed}` : "";
}

/**
 * The self time with descendants; named where it is not the duration, as where a descendant ran on after the end.
 * @param {Frame} frame
 * @returns {string} such as "861 ms", "865 ms of self time"
 */
function totalText({ total, time }) {
  const sum = formatDuration(total);
  return sum === formatDuration(time) ? sum : `${sum} of self time`;
}

/**
 * Whether one call takes most of the time of several.
 * @param {Trace} trace
 * @param {Frame} frame
 */
function hasOutlier(trace, { calls, longest, time }) {
  return calls >= MIN_CALLS && trace.length[longest] > time / 2;
}
