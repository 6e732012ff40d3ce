// Positions of event markers on a bar. Where they would cover each other, one stands for all within its width: samples,
// spread over the whole bar.

import { formatCount, plural } from "./duration.js";

/**
 * @typedef {object} Markers
 * @property {number[]} positions pixels from the start of the axis
 * @property {number} inView number of times within the visible range
 */

/**
 * @param {Iterable<number>} times nanoseconds from the start of the trace, in any order
 * @param {import("./time-window.js").TimeWindow} window
 * @param {number} width of the axis in pixels
 * @param {number} apart pixels between two markers
 * @returns {Markers}
 */
export function spreadMarkers(times, window, width, apart) {
  const slots = new Uint8Array(Math.ceil(width / apart) + 1);
  const positions = [];
  let inView = 0;
  for (const time of times) {
    const x = window.share(time) * width;
    if (!(x >= 0 && x <= width)) continue;
    inView += 1;
    const slot = Math.floor(x / apart);
    if (slots[slot] === 1) continue;
    slots[slot] = 1;
    positions.push(x);
  }
  return { positions, inView };
}

/**
 * What the markers of a bar stand for.
 * @param {number} total number of events of the span
 * @param {Markers} markers
 */
export function describeMarkers(total, { positions, inView }) {
  const events = plural(total, "event");
  return positions.length < inView ? `${events}; the ${formatCount(positions.length)} diamonds are samples` : events;
}
