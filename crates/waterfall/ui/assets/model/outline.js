// Visible rows of a trace: which are collapsed, and which a search keeps. One linear pass that skips hidden subtrees.

/** @typedef {import("./trace.js").Trace} Trace */

export class Outline {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    this.collapsed = new Uint8Array(trace.count);
    /**
     * If set, only marked rows are visible; ancestors of a match are marked too.
     * @type {Uint8Array | null}
     */
    this.kept = null;
    /** The visible rows, ascending; only the first `count` entries are valid. */
    this.rows = new Int32Array(trace.count);
    this.count = 0;
    /** Number of visible levels. */
    this.levels = 0;
    this.#refresh();
  }

  #refresh() {
    const { end, depth, count } = this.trace;
    const { rows, collapsed, kept } = this;
    let shown = 0;
    let deepest = -1;
    for (let row = 0; row < count;) {
      if (kept && kept[row] === 0) {
        row = end[row];
        continue;
      }
      rows[shown] = row;
      shown += 1;
      if (depth[row] > deepest) deepest = depth[row];
      row = collapsed[row] === 1 ? end[row] : row + 1;
    }
    this.count = shown;
    this.levels = deepest + 1;
  }

  /** @param {number} index */
  rowAt(index) {
    return index >= 0 && index < this.count ? this.rows[index] : -1;
  }

  /**
   * Index of a row, or of its nearest visible ancestor.
   * @param {number} row
   * @returns {number} -1 if neither is visible
   */
  indexOf(row) {
    for (let at = row; at >= 0; at = this.trace.parent[at]) {
      const index = this.#find(at);
      if (index >= 0) return index;
    }
    return -1;
  }

  /** @param {number} row */
  isShown(row) {
    return this.#find(row) >= 0;
  }

  /** @param {number} row */
  #find(row) {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = this.rows[middle];
      if (at === row) return middle;
      if (at < row) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** @param {number} row */
  isParent(row) {
    return (this.trace.children[row] ?? 0) > 0;
  }

  /** @param {number} row */
  isCollapsed(row) {
    return this.collapsed[row] === 1;
  }

  /**
   * @param {number} row
   * @param {boolean} collapsed
   */
  set(row, collapsed) {
    if (!this.isParent(row)) return;
    this.collapsed[row] = collapsed ? 1 : 0;
    this.#refresh();
  }

  /**
   * Shows the first `levels` levels and collapses everything below.
   * @param {number} levels
   */
  toDepth(levels) {
    const { depth, count } = this.trace;
    for (let row = 0; row < count; row += 1) {
      this.collapsed[row] = this.isParent(row) && depth[row] >= levels - 1 ? 1 : 0;
    }
    this.#refresh();
  }

  expandAll() {
    this.collapsed.fill(0);
    this.#refresh();
  }

  collapseAll() {
    this.toDepth(1);
  }

  /**
   * Expands or collapses a row and all its descendants.
   * @param {number} row
   * @param {boolean} collapsed
   */
  setSubtree(row, collapsed) {
    for (let at = row; at < (this.trace.end[row] ?? 0); at += 1) {
      this.collapsed[at] = collapsed && this.isParent(at) ? 1 : 0;
    }
    this.#refresh();
  }

  /**
   * Expands the collapsed ancestors of a row.
   * @param {number} row
   */
  reveal(row) {
    for (let at = this.trace.parent[row] ?? -1; at >= 0; at = this.trace.parent[at]) this.collapsed[at] = 0;
    this.#refresh();
  }

  /**
   * Shows only the matches and their ancestors; null shows everything.
   * @param {Uint8Array | null} matches
   */
  keepOnly(matches) {
    this.kept = matches ? withAncestors(this.trace, matches) : null;
    this.#refresh();
  }

  /**
   * Copies the collapsed state from an older version of the same trace.
   * @param {Outline} older
   */
  inherit(older) {
    for (let row = 0; row < older.trace.count; row += 1) {
      if (older.collapsed[row] !== 1) continue;
      const now = this.trace.rowOf(older.trace.keyOf(row));
      if (now >= 0) this.collapsed[now] = 1;
    }
    this.#refresh();
  }
}

/**
 * @param {Trace} trace
 * @param {Uint8Array} matches
 */
function withAncestors(trace, matches) {
  const kept = Uint8Array.from(matches);
  // Children follow their parents, so one pass from the end propagates every mark to the root.
  for (let row = trace.count - 1; row > 0; row -= 1) {
    const parent = trace.parent[row];
    if (kept[row] === 1 && parent >= 0) kept[parent] = 1;
  }
  return kept;
}
