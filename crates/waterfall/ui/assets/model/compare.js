// Two traces side by side: the same ways from the root beneath each other, with what each took.

/** @typedef {import("./flame.js").Frame} Frame */
/** @typedef {import("./flame.js").Flame} Flame */

/**
 * @typedef {object} Comparison
 * @property {string} service
 * @property {string} name
 * @property {number} depth
 * @property {Frame | null} mine
 * @property {Frame | null} other
 * @property {number} change nanoseconds that mine took longer; negative where it was quicker
 */

/** @typedef {{ flame: Flame, services: readonly string[] }} Side */

/** More lines than this are no comparison that anyone reads. */
const MOST_LINES = 2_000;

/**
 * @param {Side} mine
 * @param {Side} other
 * @returns {Comparison[]} in preorder, the longest first on each level
 */
export function compareTraces(mine, other) {
  /** @type {Comparison[]} */
  const lines = [];
  /** @type {{ mine: Frame | null, other: Frame | null, depth: number }[]} */
  const pending = [{ mine: mine.flame.top, other: other.flame.top, depth: -1 }];
  for (let pair = pending.pop(); pair && lines.length < MOST_LINES; pair = pending.pop()) {
    const frame = pair.mine ?? pair.other;
    if (frame && pair.depth >= 0) {
      const services = pair.mine ? mine.services : other.services;
      lines.push({ service: services[frame.service] ?? "", name: frame.name, depth: pair.depth, mine: pair.mine, other: pair.other, change: (pair.mine?.time ?? 0) - (pair.other?.time ?? 0) });
    }
    // The last pushed is met first.
    const children = pairChildren(pair, mine, other).sort((a, b) => weight(a) - weight(b));
    for (const child of children) pending.push({ ...child, depth: pair.depth + 1 });
  }
  return lines;
}

/**
 * @param {{ mine: Frame | null, other: Frame | null }} pair
 * @param {Side} mine
 * @param {Side} other
 */
function pairChildren(pair, mine, other) {
  /** @type {Map<string, { mine: Frame | null, other: Frame | null }>} */
  const pairs = new Map();
  for (const frame of pair.mine?.children ?? []) pairs.set(key(mine, frame), { mine: frame, other: null });
  for (const frame of pair.other?.children ?? []) {
    const known = pairs.get(key(other, frame));
    if (known) known.other = frame;
    else pairs.set(key(other, frame), { mine: null, other: frame });
  }
  return [...pairs.values()];
}

/**
 * @param {Side} side
 * @param {Frame} frame
 */
function key({ services }, frame) {
  return `${services[frame.service] ?? ""}\n${frame.name}`;
}

/** @param {{ mine: Frame | null, other: Frame | null }} pair */
function weight({ mine, other }) {
  return Math.max(mine?.time ?? 0, other?.time ?? 0);
}
