// A figure over time as a small line. Where nothing happened there is no duration, and the line is broken there.

/**
 * @param {readonly number[]} values the oldest first
 * @param {readonly boolean[] | null} known where there is a value at all; null for everywhere
 * @param {number} width
 * @param {number} height
 * @param {number} [most] the value at the top; that of the largest unless given
 * @returns {string} the `d` of a path
 */
export function sparkline(values, known, width, height, most = Math.max(...values, 0)) {
  if (values.length === 0) return "";
  const step = width / Math.max(1, values.length - 1);
  const y = (/** @type {number} */ value) => round(height - 1 - (most > 0 ? value / most : 0) * (height - 2));
  let path = "";
  let open = false;
  for (const [at, value] of values.entries()) {
    if (known && !known[at]) {
      open = false;
      continue;
    }
    const alone = known !== null && !known[at - 1] && !known[at + 1];
    // A part between two that say nothing is a dash: a point would not be seen.
    if (alone) path += `M${round(Math.max(0, at * step - 1.5))} ${y(value)}h3`;
    else path += `${open ? "L" : "M"}${round(at * step)} ${y(value)}`;
    open = !alone;
  }
  return path;
}

/** @param {number} pixels */
function round(pixels) {
  return Math.round(pixels * 10) / 10;
}
