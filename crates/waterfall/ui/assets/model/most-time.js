// Where most of the critical path ran, as the server found it.

import { finite, record } from "./wire.js";

/**
 * @typedef {object} MostTime
 * @property {number} row
 * @property {number} attempts how often the call was made, one after the other; `row` is of the first
 * @property {number} spans how many spans of one operation took the time; `row` is the one with the most of it
 * @property {number} time nanoseconds on the critical path, of all attempts or spans
 * @property {number[]} rows that took the time: one of each attempt; none of several spans, of which most rows may be
 */

/**
 * @param {unknown} wire
 * @param {number} count number of rows in the trace
 * @returns {MostTime | null}
 */
export function readMostTime(wire, count) {
  const { row, time, attempts, spans, others } = record(wire);
  const isRow = Number.isInteger(row) && finite(row) >= 0 && finite(row) < count;
  if (!isRow) return null;
  const rows = spans === undefined ? [row, ...(Array.isArray(others) ? others : [])].map(finite) : [];
  return { row: finite(row), time: finite(time), attempts: finite(attempts ?? 1), spans: finite(spans ?? 1), rows };
}
