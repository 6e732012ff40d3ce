// Placeholder rows for parents that were not received. The received children of such a parent are moved below it.

/** @typedef {import("./wire.js").WireRow} WireRow */

/**
 * @param {WireRow[]} rows in preorder
 * @returns {WireRow[]} the same array if no parent is missing
 */
export function wrapOrphans(rows) {
  if (!rows.some(isOrphanRoot)) return rows;
  /** @type {Map<string, { placeholder: WireRow, from: number, subtrees: [number, number][] }>} */
  const groups = new Map();
  /** @type {({ placeholder: WireRow, subtrees: [number, number][] } | [number, number])[]} */
  const order = [];
  for (let from = 0; from < rows.length;) {
    const to = endOfRoot(rows, from);
    const row = rows[from] ?? {};
    if (isOrphanRoot(row)) {
      const parent = row.parent ?? "";
      let group = groups.get(parent);
      if (!group) {
        group = {
          placeholder: { id: parent, name: "", placeholder: true, depth: 0, start: row.start ?? 0, duration: 0 },
          from,
          subtrees: [],
        };
        groups.set(parent, group);
        order.push(group);
      }
      extendOver(group.placeholder, row);
      group.subtrees.push([from, to]);
    } else {
      order.push([from, to]);
    }
    from = to;
  }
  /** @type {WireRow[]} */
  const result = [];
  for (const item of order) {
    if (Array.isArray(item)) {
      for (let row = item[0]; row < item[1]; row += 1) result.push(rows[row]);
      continue;
    }
    result.push(item.placeholder);
    for (const [from, to] of item.subtrees) {
      for (let row = from; row < to; row += 1) {
        const wire = rows[row] ?? {};
        result.push({ ...wire, depth: (wire.depth ?? 0) + 1 });
      }
    }
  }
  return result;
}

/** @param {WireRow | null} row */
function isOrphanRoot(row) {
  return row !== null && row.missing_parent === true && (row.depth ?? 0) === 0;
}

/**
 * @param {WireRow[]} rows
 * @param {number} from
 */
function endOfRoot(rows, from) {
  let to = from + 1;
  while (to < rows.length && (rows[to]?.depth ?? 0) > 0) to += 1;
  return to;
}

/**
 * Extends the placeholder over a child: the parent ran at least while its children did.
 * @param {WireRow} placeholder
 * @param {WireRow} child
 */
function extendOver(placeholder, child) {
  const start = Math.min(placeholder.start ?? 0, child.start ?? 0);
  const end = Math.max(
    (placeholder.start ?? 0) + (placeholder.duration ?? 0),
    (child.start ?? 0) + (child.duration ?? 0),
  );
  placeholder.start = start;
  placeholder.duration = end - start;
}
