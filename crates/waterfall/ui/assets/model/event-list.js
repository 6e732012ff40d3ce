// The events of a span as a list in pages, and the longest pause between two of them.

/** @typedef {import("./span-details.js").SpanEvent} SpanEvent */

export const PAGE_EVENTS = 200;
/** Fewer events are compared at a glance. */
const MIN_EVENTS = 10;
/** The longest pause is worth naming from this multiple of the mean one. */
const OUTSTANDING = 5;

/**
 * @typedef {object} Pause
 * @property {number} after number of the event before the pause, from 1
 * @property {number} length nanoseconds
 */

/**
 * @param {readonly SpanEvent[]} events in time order
 * @returns {Pause | null} null unless one pause stands out
 */
export function longestPause(events) {
  if (events.length < MIN_EVENTS) return null;
  let after = 0;
  let length = 0;
  for (let at = 1; at < events.length; at += 1) {
    const pause = events[at].offset - events[at - 1].offset;
    if (pause > length) {
      length = pause;
      after = at;
    }
  }
  const all = (events.at(-1)?.offset ?? 0) - (events[0]?.offset ?? 0);
  return length * (events.length - 1) >= OUTSTANDING * all && length > 0 ? { after, length } : null;
}

/**
 * The least time between two events that are not at the same time: their times need digits for it.
 * @param {readonly SpanEvent[]} events in time order
 * @returns {number} nanoseconds; infinite without such events
 */
export function leastApart(events) {
  let least = Infinity;
  for (let at = 1; at < events.length; at += 1) {
    const apart = events[at].offset - events[at - 1].offset;
    if (apart > 0) least = Math.min(least, apart);
  }
  return least;
}

/**
 * The first event of the page with an event.
 * @param {number} number of the event, from 1
 */
export function pageOf(number) {
  return Math.floor((number - 1) / PAGE_EVENTS) * PAGE_EVENTS;
}
