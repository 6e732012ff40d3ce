// Formats and parses durations, and formats counts, percentages and byte sizes.

const UNITS = /** @type {const} */ ([
  { suffix: "ns", size: 1 },
  { suffix: "µs", size: 1e3 },
  { suffix: "ms", size: 1e6 },
  { suffix: "s", size: 1e9 },
]);
const SECOND = 1e9;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Three significant digits and a unit: `412 µs`, `3.20 ms`, `12.4 s`, `2 m 05 s`, `26 h 40 m`, `3 d 04 h`.
 * @param {number} nanos
 * @returns {string}
 */
export function formatDuration(nanos) {
  if (!Number.isFinite(nanos)) return "–";
  if (nanos < 0) return `−${formatDuration(-nanos)}`;
  if (nanos < 1) return "0 ns";
  // Rounding must not print "60.0 s".
  if (nanos >= MINUTE - 5e7) return formatLong(nanos);
  let unit = 0;
  while (unit < UNITS.length - 1 && nanos >= (UNITS[unit + 1]?.size ?? Infinity) * 0.9995) unit += 1;
  const { suffix, size } = UNITS[unit] ?? UNITS[0];
  const value = nanos / size;
  if (unit === 0) return `${Math.round(value)} ${suffix}`;
  return `${digits(value)} ${suffix}`;
}

/**
 * A time before or after another one: `+3.20 ms`, `−412 µs`.
 * @param {number} nanos
 * @returns {string}
 */
export function formatOffset(nanos) {
  return nanos < 0 ? formatDuration(nanos) : `+${formatDuration(nanos)}`;
}

/**
 * @param {number} value
 * @returns {string}
 */
function digits(value) {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/**
 * @param {number} nanos
 * @returns {string}
 */
function formatLong(nanos) {
  const seconds = Math.round(nanos / 1e9);
  if (nanos < HOUR) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  if (nanos < 2 * DAY) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
  const hours = Math.round(minutes / 60);
  return `${formatCount(Math.floor(hours / 24))} d ${String(hours % 24).padStart(2, "0")} h`;
}

/**
 * Label of an axis tick, with as many decimals as the tick spacing needs: `20.5 ms`, `1 m 30 s`, `6 h`, `1 d 12 h`.
 * @param {number} nanos
 * @param {number} step
 * @returns {string}
 */
export function formatTick(nanos, step) {
  if (nanos === 0) return "0";
  if (nanos >= MINUTE) return longTick(nanos, step);
  const scale = Math.max(Math.abs(nanos), step);
  return decimal(nanos, step, [...UNITS].reverse().find(({ size }) => scale >= size) ?? UNITS[0]);
}

/**
 * A time that is told apart from others: as `formatDuration`, with more digits where they lie closer.
 * @param {number} nanos
 * @param {number} apart distance to the nearest other time
 * @returns {string} `1.50 s`, beside `1.504 s`: `1.500 s`
 */
export function formatApart(nanos, apart) {
  const usual = 10 ** (Math.floor(Math.log10(Math.max(nanos, 1))) - 2);
  const needed = 10 ** Math.floor(Math.log10(Math.max(apart, 1)));
  return needed >= usual ? formatDuration(nanos) : formatTick(nanos, needed);
}

/**
 * From a minute on: the units from days to seconds that are not zero; parts of a second where the spacing needs them.
 * @param {number} nanos
 * @param {number} step
 */
function longTick(nanos, step) {
  const parts = [];
  let rest = nanos;
  for (const [size, unit] of /** @type {const} */ ([[DAY, "d"], [HOUR, "h"], [MINUTE, "m"]])) {
    const whole = Math.floor(rest / size);
    if (whole > 0) parts.push(`${formatCount(whole)} ${unit}`);
    rest -= whole * size;
  }
  if (rest > 0) parts.push(decimal(rest, step, UNITS[3]));
  return parts.join(" ");
}

/**
 * @param {number} nanos
 * @param {number} step the label tells apart values that lie this far from each other
 * @param {{ suffix: string, size: number }} unit
 */
function decimal(nanos, step, { suffix, size }) {
  const decimals = Math.max(0, Math.ceil(Math.log10(size / step) - 1e-9));
  return `${(nanos / size).toFixed(Math.min(decimals, 9))} ${suffix}`;
}

/**
 * Reads `50ms`, `1.5s`, `200us`, `3m`; a bare number is milliseconds.
 * @param {string} text
 * @returns {number | null} nanoseconds
 */
export function parseDuration(text) {
  const found = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s|m|h)?$/i.exec(text.trim());
  if (!found) return null;
  /** @type {Record<string, number>} */
  const sizes = { ns: 1, us: 1e3, "µs": 1e3, "μs": 1e3, ms: 1e6, s: 1e9, m: MINUTE, h: HOUR };
  const size = sizes[(found[2] ?? "ms").toLowerCase()];
  return size === undefined ? null : Number(found[1]) * size;
}

/**
 * Describes `other` relative to `duration`.
 * @param {number} duration
 * @param {number} other
 * @returns {string} `2.2× slower`, `1.3× faster`, `same duration`
 */
export function ratioText(duration, other) {
  if (!(duration > 0 && other > 0)) return "";
  const ratio = Math.max(duration, other) / Math.min(duration, other);
  if (ratio < 1.05) return "same duration";
  return `${ratio < 9.95 ? ratio.toFixed(1) : formatCount(Math.round(ratio))}× ${
    duration > other ? "faster" : "slower"
  }`;
}

/**
 * @param {number} count
 * @returns {string} with thin separators: `100,000`
 */
export function formatCount(count) {
  return count.toLocaleString("en-US");
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string} `1 span`, `12 spans`
 */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * @param {number} bytes
 * @returns {string} `812 B`, `4.2 MB`
 */
export function formatBytes(bytes) {
  let value = bytes;
  for (const unit of ["B", "kB", "MB"]) {
    if (value < 999.5) return `${value < 9.95 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(1)} GB`;
}
