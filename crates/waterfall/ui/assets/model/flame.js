// A flame graph of a trace: spans with the same way of services and names down from the root are one frame,
// as wide as the time that it and all beneath it worked themselves. What ran side by side counts for each.

import { calledService } from "./remote-call.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} Frame
 * @property {number} service
 * @property {string} name the operation, and whom it called
 * @property {string} operation
 * @property {number} depth
 * @property {number} calls
 * @property {number} errors
 * @property {number} self nanoseconds worked in it
 * @property {number} total nanoseconds worked in it and beneath
 * @property {number} time nanoseconds that its spans lasted, added up
 * @property {number} longest the row of its longest span
 * @property {number} start where it begins, in nanoseconds of the sum
 * @property {Frame | null} parent
 * @property {Frame[]} children
 */

export class Flame {
  /**
   * @param {Frame} top holds all roots, is none itself
   * @param {Frame[][]} levels frames by depth, left to right
   */
  constructor(top, levels) {
    this.top = top;
    this.levels = levels;
  }

  /**
   * @param {number} level
   * @param {number} at nanoseconds of the sum
   * @returns {Frame | null}
   */
  frameAt(level, at) {
    const frames = this.levels[level] ?? [];
    const index = firstEndingAfter(frames, at);
    const frame = frames[index];
    return frame && frame.start <= at ? frame : null;
  }
}

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @returns {Flame}
 */
export function flameOf(trace, self) {
  const top = newFrame(-1, "", -1, null);
  /** The frame of each row, and by key the children of each frame. */
  const frames = /** @type {Frame[]} */ (new Array(trace.count));
  /** @type {Map<Frame, Map<string, Frame>>} */
  const known = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    const parent = trace.parent[row] < 0 ? top : frames[trace.parent[row]];
    const called = calledService(trace, row);
    const name = trace.placeholder[row] === 1
      ? "parent not received"
      : called
      ? `${trace.names[row]} → ${called}`
      : trace.names[row];
    const key = `${trace.service[row]} ${name}`;
    let siblings = known.get(parent);
    if (!siblings) known.set(parent, siblings = new Map());
    let frame = siblings.get(key);
    if (!frame) {
      frame = newFrame(trace.service[row], name, parent.depth + 1, parent);
      frame.operation = trace.names[row];
      frame.longest = row;
      siblings.set(key, frame);
      parent.children.push(frame);
    }
    frames[row] = frame;
    frame.calls += 1;
    frame.self += self[row];
    frame.time += trace.length[row];
    if (trace.isError(row)) frame.errors += 1;
    if (trace.length[row] > trace.length[frame.longest]) frame.longest = row;
  }
  const levels = levelsOf(top);
  // From the deepest level up, so that each total is there when its parent asks.
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    for (const frame of levels[level]) {
      frame.total += frame.self;
      if (frame.parent) frame.parent.total += frame.total;
    }
  }
  for (const level of [[top], ...levels]) {
    for (const frame of level) {
      frame.children.sort((a, b) => b.total - a.total);
      let at = frame.start;
      for (const child of frame.children) {
        child.start = at;
        at += child.total;
      }
    }
  }
  return new Flame(top, levelsOf(top));
}

/**
 * @param {Frame} top
 * @returns {Frame[][]}
 */
function levelsOf(top) {
  /** @type {Frame[][]} */
  const levels = [];
  let level = top.children;
  while (level.length > 0) {
    levels.push(level);
    level = level.flatMap(({ children }) => children);
  }
  return levels;
}

/**
 * @param {number} service
 * @param {string} name
 * @param {number} depth
 * @param {Frame | null} parent
 * @returns {Frame}
 */
function newFrame(service, name, depth, parent) {
  return {
    service,
    name,
    operation: name,
    depth,
    calls: 0,
    errors: 0,
    self: 0,
    total: 0,
    time: 0,
    longest: -1,
    start: 0,
    parent,
    children: [],
  };
}

/**
 * @param {Frame[]} frames left to right
 * @param {number} at
 */
export function firstEndingAfter(frames, at) {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle].start + frames[middle].total > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @typedef {"before" | "after" | "caller" | "called"} Direction */

/**
 * @param {Flame} flame
 * @param {Frame} frame
 * @param {Direction} direction
 * @returns {Frame | null} the frame that stands there
 */
export function neighbour(flame, frame, direction) {
  if (direction === "caller") return frame.parent?.parent ? frame.parent : null;
  if (direction === "called") return frame.children[0] ?? null;
  const level = flame.levels[frame.depth] ?? [];
  return level[level.indexOf(frame) + (direction === "before" ? -1 : 1)] ?? null;
}
