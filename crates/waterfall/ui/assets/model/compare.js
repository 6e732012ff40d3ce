// Comparison of two traces: call paths aligned from the root, with the duration of each side.

/** @typedef {import("./flame.js").Frame} Frame */
/** @typedef {import("./flame.js").Flame} Flame */

/**
 * @typedef {object} Comparison
 * @property {string} service
 * @property {string} name
 * @property {number} depth
 * @property {Frame | null} mine
 * @property {Frame | null} other
 * @property {number} change nanoseconds; positive if this trace is slower
 */

/** @typedef {{ flame: Flame, services: readonly string[] }} Side */
/** @typedef {{ mine: Frame | null, other: Frame | null }} Pair */

/** Upper bound of comparison lines. */
const MAX_LINES = 2_000;

/**
 * @param {Side} mine
 * @param {Side} other
 * @returns {Comparison[]} in preorder, longest first on each level
 */
export function compareTraces(mine, other) {
  /** @type {Comparison[]} */
  const lines = [];
  /** @type {(Pair & { depth: number })[]} */
  const pending = [{ mine: mine.flame.top, other: other.flame.top, depth: -1 }];
  for (let pair = pending.pop(); pair && lines.length < MAX_LINES; pair = pending.pop()) {
    const frame = pair.mine ?? pair.other;
    if (frame && pair.depth >= 0) {
      const services = pair.mine ? mine.services : other.services;
      lines.push({
        service: services[frame.service] ?? "",
        name: frame.name,
        depth: pair.depth,
        mine: pair.mine,
        other: pair.other,
        change: (pair.mine?.time ?? 0) - (pair.other?.time ?? 0),
      });
    }
    // The stack pops the last pushed child first.
    const children = pairChildren(pair, mine, other).sort((a, b) => weight(a) - weight(b));
    for (const child of children) pending.push({ ...child, depth: pair.depth + 1 });
  }
  return lines;
}

/**
 * Pairs the children of two frames: first by name and called service, then by name alone, so that an unanswered call
 * is still compared with its answered counterpart.
 * @param {Pair} pair
 * @param {Side} mine
 * @param {Side} other
 * @returns {Pair[]}
 */
function pairChildren(pair, mine, other) {
  /** @type {Pair[]} */
  const pairs = [];
  let ours = pair.mine?.children ?? [];
  let theirs = pair.other?.children ?? [];
  for (const keyOf of [exactKey, operationKey]) {
    const waiting = new Map(theirs.map((frame) => [keyOf(other, frame), frame]));
    const left = [];
    for (const frame of ours) {
      const key = keyOf(mine, frame);
      const found = waiting.get(key);
      waiting.delete(key);
      if (found) pairs.push({ mine: frame, other: found });
      else left.push(frame);
    }
    const taken = new Set(pairs.map((taken) => taken.other));
    ours = left;
    theirs = theirs.filter((frame) => !taken.has(frame));
  }
  return [
    ...pairs,
    ...ours.map((frame) => ({ mine: frame, other: null })),
    ...theirs.map((frame) => ({ mine: null, other: frame })),
  ];
}

/**
 * @param {Side} side
 * @param {Frame} frame
 */
function exactKey({ services }, frame) {
  return `${services[frame.service] ?? ""}\n${frame.name}`;
}

/**
 * @param {Side} side
 * @param {Frame} frame
 */
function operationKey({ services }, frame) {
  return `${services[frame.service] ?? ""}\n${frame.operation}`;
}

/** @param {Pair} pair */
function weight({ mine, other }) {
  return Math.max(mine?.time ?? 0, other?.time ?? 0);
}
