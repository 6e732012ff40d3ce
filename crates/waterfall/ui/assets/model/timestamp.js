// Timestamps in nanoseconds since the Unix epoch. They exceed a double's precision, so they are always BigInt.

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
/** Range of `Date`: 100 million days around the epoch. */
const DATE_LIMIT_MILLIS = 8_640_000_000_000_000n;

/**
 * @param {unknown} text nanoseconds since the epoch, in decimal
 * @returns {bigint} 0 if the text is not a number
 */
export function parseNanos(text) {
  return typeof text === "string" && /^-?\d{1,24}$/.test(text) ? BigInt(text) : 0n;
}

/**
 * @param {bigint} nanos
 * @returns {Date | null}
 */
export function toDate(nanos) {
  const millis = floorDiv(nanos, NANOS_PER_MILLI);
  if (millis > DATE_LIMIT_MILLIS || millis < -DATE_LIMIT_MILLIS) return null;
  return new Date(Number(millis));
}

/**
 * The fraction of the second, always nine digits.
 * @param {bigint} nanos
 */
export function subSecond(nanos) {
  const rest = nanos - floorDiv(nanos, NANOS_PER_SECOND) * NANOS_PER_SECOND;
  return String(rest).padStart(9, "0");
}

/**
 * `2026-11-22 14:03:07.123456789Z`: UTC, exact to the nanosecond.
 * @param {bigint} nanos
 * @returns {string}
 */
export function formatUtc(nanos) {
  const date = toDate(nanos);
  if (!date) return `${nanos} ns`;
  return `${date.toISOString().slice(0, -5).replace("T", " ")}.${subSecond(nanos)}Z`;
}

/**
 * `2026-11-22 15:03:07.123456789`: the same in the local time zone.
 * @param {bigint} nanos
 * @returns {string}
 */
export function formatLocal(nanos) {
  const date = toDate(nanos);
  if (!date) return `${nanos} ns`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${formatLocalTime(nanos)}${subSecond(nanos).slice(3)}`;
}

/**
 * `15:03:07.123` in the local time zone.
 * @param {bigint} nanos
 * @returns {string}
 */
export function formatLocalTime(nanos) {
  const date = toDate(nanos);
  if (!date) return `${nanos} ns`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${subSecond(nanos).slice(0, 3)}`;
}

/**
 * Time elapsed in one unit: `now`, `8 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
 * @param {bigint} nanos
 * @param {number} nowMillis
 * @returns {string}
 */
export function formatAgo(nanos, nowMillis) {
  const date = toDate(nanos);
  if (!date) return "–";
  const seconds = Math.round((nowMillis - date.getTime()) / 1000);
  if (seconds < -2) return "in the future";
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/**
 * @param {bigint} a
 * @param {bigint} b
 */
function floorDiv(a, b) {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, "0");
}
