// The lines that say which row is whose child, as an SVG path beside one row.

/** @typedef {import("./outline.js").Outline} Outline */

/**
 * How the tree is indented.
 * @typedef {object} Indent
 * @property {number} step pixels a level
 * @property {number} base the level at the left edge; above 0 where a deep tree is scrolled into
 * @property {number} columns levels that have room; what is deeper stands at the last
 */

/**
 * A shallow tree is indented as it is. A deep one (10,000 levels do exist) would push every name out of its
 * column: it starts at the shallowest level in sight, with smaller steps.
 * @param {number} maxDepth of the trace
 * @param {number} room pixels
 * @param {number} shallowest level in sight
 * @returns {Indent}
 */
export function indentFor(maxDepth, room, shallowest) {
  const roomy = 15;
  if ((maxDepth + 1) * roomy <= room) return { step: roomy, base: 0, columns: maxDepth + 1 };
  const step = 6;
  const columns = Math.max(4, Math.floor(room / step));
  return { step, base: maxDepth < columns ? 0 : shallowest, columns };
}

/**
 * @param {Indent} indent
 * @param {number} depth
 */
export function columnOf(indent, depth) {
  return Math.min(Math.max(0, depth - indent.base), indent.columns - 1);
}

/**
 * @param {Outline} outline
 * @param {number} row
 * @param {Indent} indent
 * @param {number} height of the row
 * @param {number} middle where the row's own line meets it
 * @returns {string} the `d` of a path
 */
export function treeLines(outline, row, indent, height, middle) {
  const { trace } = outline;
  const { step, base, columns } = indent;
  const depth = trace.depth[row];
  /** @param {number} level */
  const x = (level) => (level - base) * step + step / 2;
  let path = "";
  const own = depth - base;
  if (own < columns && outline.isParent(row) && !outline.isCollapsed(row)) {
    path += `M${x(depth)} ${middle + 6}V${height}`;
  }
  let child = row;
  for (let level = depth - 1; level >= base; level -= 1) {
    const ancestor = trace.parent[child];
    const shouldContinue = trace.end[child] < trace.end[ancestor];
    if (level - base < columns - 1) {
      if (level === depth - 1) {
        path += `M${x(level)} 0V${shouldContinue ? height : middle}M${x(level)} ${middle}H${
          x(depth) - (outline.isParent(row) ? 6 : 2)
        }`;
      } else if (shouldContinue) path += `M${x(level)} 0V${height}`;
    }
    child = ancestor;
  }
  return path;
}
