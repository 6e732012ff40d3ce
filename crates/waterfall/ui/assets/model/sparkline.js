// Sparkline: a small line chart of a time series. Buckets without data interrupt the line.

/**
 * @param {readonly number[]} values oldest first
 * @param {readonly boolean[] | null} known which buckets have data; null for all
 * @param {number} width
 * @param {number} height
 * @param {number} [most] value at the top edge; by default the maximum
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
    // An isolated bucket is drawn as a dash: a single point would be invisible.
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
