// Critical path, as the server found it: at each moment, the span that everything else waited for.

import { finite, record } from "./wire.js";

export class CriticalPath {
  /**
   * @param {number} count number of rows in the trace
   * @param {readonly number[]} rows the row of each stretch; stretches are in the order of time
   * @param {ArrayLike<number>} from
   * @param {ArrayLike<number>} to
   */
  constructor(count, rows, from, to) {
    /** Nanoseconds on the path, by row. */
    this.time = new Float64Array(count);
    /** Index of a row's first stretch in `from` and `to`. */
    this.offset = new Int32Array(count + 1);
    for (const row of rows) this.offset[row + 1] += 1;
    for (let row = 0; row < count; row += 1) this.offset[row + 1] += this.offset[row];
    this.from = new Float64Array(rows.length);
    this.to = new Float64Array(rows.length);
    const next = Int32Array.from(this.offset);
    for (let at = 0; at < rows.length; at += 1) {
      const row = rows[at];
      const place = next[row];
      next[row] += 1;
      this.from[place] = from[at];
      this.to[place] = to[at];
      this.time[row] += to[at] - from[at];
    }
  }

  /** @param {number} row */
  has(row) {
    return this.offset[row + 1] > this.offset[row];
  }

  /**
   * @param {number} row
   * @param {number} resolution stretches closer than this many nanoseconds are merged
   * @param {(from: number, to: number) => void} visit
   */
  eachInterval(row, resolution, visit) {
    let openFrom = -1;
    let openTo = -1;
    for (let at = this.offset[row]; at < this.offset[row + 1]; at += 1) {
      if (openFrom >= 0 && this.from[at] - openTo < resolution) {
        openTo = this.to[at];
        continue;
      }
      if (openFrom >= 0) visit(openFrom, openTo);
      openFrom = this.from[at];
      openTo = this.to[at];
    }
    if (openFrom >= 0) visit(openFrom, openTo);
  }
}

/**
 * @param {unknown} wire stretches in columns: the row, nanoseconds since the stretch before, nanoseconds on the path
 * @param {number} count number of rows in the trace
 * @returns {CriticalPath}
 */
export function readCriticalPath(wire, count) {
  const { row: rows, gap, time } = record(wire);
  const none = new CriticalPath(count, [], [], []);
  if (!Array.isArray(rows) || !Array.isArray(gap) || !Array.isArray(time)) return none;
  const from = new Float64Array(rows.length);
  const to = new Float64Array(rows.length);
  let reached = 0;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at];
    if (!Number.isInteger(row) || row < 0 || row >= count) return none;
    from[at] = reached + finite(gap[at]);
    to[at] = from[at] + finite(time[at]);
    reached = to[at];
  }
  return new CriticalPath(count, rows, from, to);
}
