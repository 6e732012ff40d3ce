// Connecting lines of the span tree, as an SVG path per row.

/** @typedef {import("./outline.js").Outline} Outline */

/**
 * Indentation of the tree.
 * @typedef {object} Indent
 * @property {number} step pixels a level
 * @property {number} base level at the left edge; above 0 when a deep tree is scrolled
 * @property {boolean} isRelative whether the tree has more levels than columns
 * @property {number} columns number of indented levels; deeper rows share the last
 */

/**
 * A shallow tree uses full steps. A deep one (10,000 levels occur) would push names out of the column: it starts at the
 * shallowest visible level, with smaller steps.
 * @param {number} maxDepth of the trace
 * @param {number} room pixels
 * @param {number} shallowest visible level
 * @returns {Indent}
 */
export function indentFor(maxDepth, room, shallowest) {
  const roomy = 15;
  if ((maxDepth + 1) * roomy <= room) return { step: roomy, base: 0, isRelative: false, columns: maxDepth + 1 };
  const step = 6;
  const columns = Math.max(4, Math.floor(room / step));
  const isRelative = maxDepth >= columns;
  return { step, base: isRelative ? shallowest : 0, isRelative, columns };
}

/**
 * @param {Indent} indent
 * @param {number} depth
 */
export function columnOf(indent, depth) {
  return Math.min(Math.max(0, depth - indent.base), indent.columns - 1);
}

/**
 * The level of a row, where its indent alone does not tell it.
 * @param {Indent} indent
 * @param {number} depth
 * @returns {string} empty in a shallow tree
 */
export function levelLabel(indent, depth) {
  return indent.isRelative ? String(depth + 1) : "";
}

/**
 * The smallest depth among rows.
 * @param {Outline} outline
 * @param {number} first index
 * @param {number} last index, not included
 */
export function shallowestDepth({ rows, trace }, first, last) {
  let shallowest = Infinity;
  for (let index = first; index < last; index += 1) shallowest = Math.min(shallowest, trace.depth[rows[index]]);
  return Number.isFinite(shallowest) ? shallowest : 0;
}

/**
 * @param {Outline} outline
 * @param {number} row
 * @param {Indent} indent
 * @param {number} height of the row
 * @param {number} middle y of the row's connector
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
