// Flame graph of a trace. Spans with the same path of services and names are merged into one frame. A frame's width is
// its self time plus that of its descendants; concurrent spans are added up.

import { queueWait } from "./asynchronous.js";
import { countError, noErrors } from "./error-outcome.js";
import { placeholderName } from "./likely-text.js";
import { calledService } from "./remote-call.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} FrameTotals
 * @property {number} service
 * @property {string} name the operation, followed by the called service
 * @property {string} operation
 * @property {string} called the called service, if it answered
 * @property {number} depth
 * @property {number} calls
 * @property {number} self self time in nanoseconds
 * @property {number} total self time of the frame and its descendants
 * @property {number} time sum of its spans' durations in nanoseconds
 * @property {number} longest the row of its longest span
 * @property {number} from when its first span or descendant started, by the likely clocks
 * @property {number} to when the last one ended
 * @property {number} detached number of its spans that their callers did not wait for; without calls given up
 * @property {number} queued nanoseconds that its messages waited in the queue at most
 * @property {number[]} givenUp rows of calls that were given up
 * @property {number} start offset from the left edge, in nanoseconds of self time
 * @property {Frame | null} parent
 * @property {Frame[]} children
 */
/** @typedef {FrameTotals & import("./error-outcome.js").ErrorCounts} Frame */

export class Flame {
  /**
   * @param {Frame} top virtual parent of all roots
   * @param {Frame[][]} levels frames by depth, left to right
   * @param {readonly Frame[]} frames the frame of each row
   */
  constructor(top, levels, frames) {
    this.top = top;
    this.levels = levels;
    this.frames = frames;
  }

  /**
   * The frames of the rows that a search found.
   * @param {Uint8Array | null} found
   * @returns {Set<Frame> | null} null without a search
   */
  framesOf(found) {
    return found && new Set(this.frames.filter((_, row) => found[row] === 1));
  }

  /**
   * The frame with the path of a frame of an older version of the trace.
   * @param {Frame} older
   * @param {readonly string[]} olderServices
   * @param {readonly string[]} services
   * @returns {Frame} the nearest one, if there is none
   */
  like(older, olderServices, services) {
    const path = [];
    for (let frame = older; frame.parent; frame = frame.parent) path.push(frame);
    let like = this.top;
    for (const { name, service } of path.reverse()) {
      const index = services.indexOf(olderServices[service] ?? "");
      const next = like.children.find((frame) => frame.name === name && frame.service === index);
      if (!next) break;
      like = next;
    }
    return like;
  }

  /**
   * Number of spans in frames without width: they have no self time, nor have their descendants.
   * @param {Trace} trace
   */
  undrawn(trace) {
    return this.frames.reduce((sum, { total }, row) => sum + (total <= 0 && trace.placeholder[row] === 0 ? 1 : 0), 0);
  }

  /**
   * @param {number} level
   * @param {number} at offset from the left edge, in nanoseconds of self time
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
  /** The frame of each row. */
  const frames = /** @type {Frame[]} */ (new Array(trace.count));
  /** Children of each frame by key. @type {Map<Frame, Map<string, Frame>>} */
  const childrenByKey = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    const parent = trace.parent[row] < 0 ? top : frames[trace.parent[row]];
    const called = calledService(trace, row);
    const name = trace.placeholder[row] === 1
      ? placeholderName(trace, row)
      : called
      ? `${trace.names[row]} → ${called}`
      : trace.names[row];
    const key = `${trace.service[row]} ${name}`;
    let siblings = childrenByKey.get(parent);
    if (!siblings) childrenByKey.set(parent, siblings = new Map());
    let frame = siblings.get(key);
    if (!frame) {
      frame = newFrame(trace.service[row], name, parent.depth + 1, parent);
      if (trace.placeholder[row] === 0) frame.operation = trace.names[row];
      frame.called = called;
      frame.longest = row;
      siblings.set(key, frame);
      parent.children.push(frame);
    }
    frames[row] = frame;
    frame.calls += 1;
    frame.self += self[row];
    frame.time += trace.length[row];
    countError(frame, trace, row);
    if (trace.detached[row] === 1 && !trace.waits.givenUpOf.has(row)) frame.detached += 1;
    if (trace.waits.givenUpOf.has(row)) frame.givenUp.push(row);
    frame.queued = Math.max(frame.queued, queueWait(trace, row));
    if (trace.length[row] > trace.length[frame.longest]) frame.longest = row;
    frame.from = Math.min(frame.from, trace.likelyStart(row));
    frame.to = Math.max(frame.to, trace.likelyStart(row) + trace.length[row]);
  }
  const levels = levelsOf(top);
  // Bottom-up, so that children's totals are final before their parent adds them.
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    for (const frame of levels[level]) {
      frame.total += frame.self;
      const { parent, total, from, to } = frame;
      if (!parent) continue;
      parent.total += total;
      parent.from = Math.min(parent.from, from);
      parent.to = Math.max(parent.to, to);
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
  return new Flame(top, levelsOf(top), frames);
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
    called: "",
    depth,
    calls: 0,
    ...noErrors(),
    self: 0,
    total: 0,
    time: 0,
    longest: -1,
    from: Infinity,
    to: -Infinity,
    detached: 0,
    queued: 0,
    givenUp: [],
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
 * @returns {Frame | null} the neighbouring frame
 */
export function neighbour(flame, frame, direction) {
  if (direction === "caller") return frame.parent?.parent ? frame.parent : null;
  if (direction === "called") return frame.children[0] ?? null;
  const level = flame.levels[frame.depth] ?? [];
  return level[level.indexOf(frame) + (direction === "before" ? -1 : 1)] ?? null;
}
