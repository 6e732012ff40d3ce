// Reads the columns of a response. A dense column has a value for each row; a sparse one names the rows that have one.
// What is missing or invalid is left out.

import { finite, record, text } from "./wire.js";

/**
 * @param {unknown} values a dense column
 * @param {Float64Array | Int32Array | Uint8Array} target its length is the number of rows
 */
export function fillNumbers(values, target) {
  if (!Array.isArray(values)) return;
  for (let row = 0; row < target.length; row += 1) target[row] = finite(values[row]);
}

/**
 * @param {unknown} column a sparse one
 * @param {number} count number of rows
 * @param {(row: number, value: unknown) => void} visit
 */
export function eachValue(column, count, visit) {
  const { row: rows, value: values } = record(column);
  if (!Array.isArray(rows)) return;
  const list = Array.isArray(values) ? values : [];
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    if (Number.isInteger(row) && row >= 0 && row < count) visit(row, list[at]);
  }
}

/**
 * @param {unknown} column a sparse one of numbers; 0 is left out
 * @param {number} count
 * @param {(row: number, value: number) => void} visit
 */
export function eachNumber(column, count, visit) {
  eachValue(column, count, (row, value) => {
    const number = finite(value);
    if (number !== 0) visit(row, number);
  });
}

/**
 * @param {unknown} column a sparse one of texts; an empty one is left out
 * @param {number} count
 * @param {(row: number, value: string) => void} visit
 */
export function eachText(column, count, visit) {
  eachValue(column, count, (row, value) => {
    const found = text(value);
    if (found !== "") visit(row, found);
  });
}
