// Critical path: at each moment, the span that everything else waited for. The walk starts at the root's end and
// goes backwards: the child that ended last is what the parent waited for; before that child started, the one that
// ended last before it, and so on. Iterative, because a chain may be 10,000 levels deep.

/** @typedef {import("./trace.js").Trace} Trace */

export class CriticalPath {
  /**
   * @param {number} count number of rows in the trace
   * @param {number[]} rows the row of each interval
   * @param {number[]} from
   * @param {number[]} to
   */
  constructor(count, rows, from, to) {
    /** Nanoseconds on the path, by row. */
    this.time = new Float64Array(count);
    /** Index of a row's first interval in `from` and `to`. */
    this.offset = new Int32Array(count + 1);
    for (const row of rows) this.offset[row + 1] += 1;
    for (let row = 0; row < count; row += 1) this.offset[row + 1] += this.offset[row];
    this.from = new Float64Array(rows.length);
    this.to = new Float64Array(rows.length);
    const next = Int32Array.from(this.offset);
    // The walk yields intervals backwards in time; drawing needs them forwards.
    for (let at = rows.length - 1; at >= 0; at -= 1) {
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
   * @param {number} resolution intervals closer than this many nanoseconds are merged
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
 * @param {Trace} trace
 * @param {number} root the row to walk back from
 * @returns {CriticalPath}
 */
export function criticalPath(trace, root) {
  /** @type {number[]} */
  const rows = [];
  /** @type {number[]} */
  const from = [];
  /** @type {number[]} */
  const to = [];
  /** @type {Visit[]} */
  const stack = [];
  if (root >= 0) stack.push(visitOf(trace, root, trace.start[root], trace.endOf(root)));
  while (stack.length > 0) {
    const visit = stack[stack.length - 1];
    const child = nextChild(trace, visit);
    const until = child < 0 ? visit.floor : trace.endOf(child);
    if (visit.now > until) {
      rows.push(visit.row);
      from.push(until);
      to.push(visit.now);
      visit.now = until;
    }
    if (child < 0) {
      stack.pop();
      continue;
    }
    const floor = Math.max(trace.start[child], visit.floor);
    stack.push(visitOf(trace, child, floor, visit.now));
    visit.now = floor;
  }
  return new CriticalPath(trace.count, rows, from, to);
}

/**
 * @typedef {object} Visit
 * @property {number} row
 * @property {number} floor start of this span's part of the path
 * @property {number} now how far the walk has come
 * @property {Int32Array} children ordered by end, latest first
 * @property {number} next index into `children`
 */

/**
 * @param {Trace} trace
 * @param {number} row
 * @param {number} floor
 * @param {number} now
 * @returns {Visit}
 */
function visitOf(trace, row, floor, now) {
  const children = new Int32Array(trace.children[row]);
  let at = 0;
  let sorted = true;
  let before = Infinity;
  for (let child = row + 1; child < trace.end[row]; child = trace.end[child]) {
    children[at] = child;
    at += 1;
  }
  children.reverse();
  for (const child of children) {
    const end = trace.endOf(child);
    if (end > before) sorted = false;
    before = end;
  }
  if (!sorted) children.sort((a, b) => trace.endOf(b) - trace.endOf(a) || b - a);
  return { row, floor, now, children, next: 0 };
}

/**
 * The child that ended last before `now`. A child still running at `now` was not waited for.
 * @param {Trace} trace
 * @param {Visit} visit
 */
function nextChild(trace, visit) {
  while (visit.next < visit.children.length) {
    const child = visit.children[visit.next];
    visit.next += 1;
    const end = trace.endOf(child);
    if (end <= visit.floor) return -1;
    if (end <= visit.now && trace.start[child] < visit.now && trace.length[child] > 0) return child;
  }
  return -1;
}
