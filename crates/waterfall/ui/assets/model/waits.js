// Waits that belong to no span, as the server found them: messages in queues, stretches in which nothing ran, and calls
// that were given up. `wait-text.js` has the words.

import { finite, list } from "./wire.js";

/** @typedef {{ from: number, to: number, before: number, after: number }} Idle a stretch, and the rows beside it */
/** @typedef {{ producer: number, consumer: number, wait: number }} QueueWait rows, and nanoseconds */

/**
 * A call whose caller gave up before the answer. Times in nanoseconds from the start of the call.
 * @typedef {object} GivenUp
 * @property {number} client row
 * @property {number} server row
 * @property {number} waited
 * @property {number} began when the callee began
 * @property {number} ended when it ended
 */

export class Waits {
  /**
   * @param {QueueWait[]} queues
   * @param {GivenUp[]} givenUp
   */
  constructor(queues, givenUp) {
    this.queues = queues;
    this.givenUp = givenUp;
    /**
     * The longest wait of each producer, and that of each consumer, by row.
     * @type {Map<number, QueueWait>}
     */
    this.queueOf = new Map();
    for (const wait of queues) {
      this.queueOf.set(wait.consumer, wait);
      if (wait.wait > (this.queueOf.get(wait.producer)?.wait ?? -1)) this.queueOf.set(wait.producer, wait);
    }
    /**
     * By row of the client and of the server.
     * @type {Map<number, GivenUp>}
     */
    this.givenUpOf = new Map(givenUp.flatMap((call) => [[call.client, call], [call.server, call]]));
  }

  /**
   * Whether a row is part of a call that was given up, or its message waited in a queue.
   * @param {number} row
   */
  has(row) {
    return this.givenUpOf.has(row) || this.queueOf.has(row);
  }
}

/**
 * @param {Record<string, unknown>} wire the response
 * @param {number} count number of rows in the trace
 */
export function readWaits(wire, count) {
  const isRow = (/** @type {number} */ row) => Number.isInteger(row) && row >= 0 && row < count;
  const queues = list(wire.queue_waits)
    .map(({ producer, consumer, wait }) => ({
      producer: finite(producer),
      consumer: finite(consumer),
      wait: finite(wait),
    }))
    .filter(({ producer, consumer }) => isRow(producer) && isRow(consumer));
  const givenUp = list(wire.given_up)
    .map(({ client, server, waited, began, ended }) => ({
      client: finite(client),
      server: finite(server),
      waited: finite(waited),
      began: finite(began),
      ended: finite(ended),
    }))
    .filter(({ client, server }) => isRow(client) && isRow(server));
  return new Waits(queues, givenUp);
}

/**
 * @param {unknown} wire
 * @param {number} count number of rows in the trace
 * @returns {Idle[]} from left to right
 */
export function readIdle(wire, count) {
  return list(wire)
    .map(({ from, to, before, after }) => ({
      from: finite(from),
      to: finite(to),
      before: finite(before),
      after: finite(after),
    }))
    .filter(({ before, after }) => Math.max(before, after) < count);
}
