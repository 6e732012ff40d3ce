// When a trace started, for the trace list and its scatter plot: no time without its day, unless it is today.

import { formatAgo } from "../model/timestamp.js";
import { formatDay, formatTimeOfDay, zoneLabel } from "./time-zone.js";

/** From this age on, the date and the time tell more than a number of days. */
const DAY_MILLIS = 86_400_000;

/**
 * @param {bigint} nanos
 * @param {number} nowMillis
 * @returns {string} `3 min ago`, `11-28 14:03` from a day on, `2024-11-28` of another year
 */
export function startedText(nanos, nowMillis) {
  const age = nowMillis - Number(nanos / 1_000_000n);
  const day = formatDay(nanos);
  // Unset and impossible times have no date.
  if (age < DAY_MILLIS || nanos <= 0n || !/^\d{4}-/.test(day)) return formatAgo(nanos, nowMillis);
  const isThisYear = day.slice(0, 4) === formatDay(BigInt(nowMillis) * 1_000_000n).slice(0, 4);
  return isThisYear ? `${day.slice(5)} ${formatTimeOfDay(nanos).slice(0, 5)}` : day;
}

/**
 * @param {bigint} nanos
 * @param {number} nowMillis
 * @returns {string} `14:03:22.048`, on another day with its date
 */
export function timeWithDay(nanos, nowMillis) {
  const day = formatDay(nanos);
  const isToday = day === formatDay(BigInt(nowMillis) * 1_000_000n);
  return isToday || nanos <= 0n ? formatTimeOfDay(nanos) : `${day} ${formatTimeOfDay(nanos)}`;
}

/**
 * The two ends of a time axis: both with their date, unless both are today.
 * @param {{ first: bigint, last: bigint }} range
 * @param {number} nowMillis
 * @param {boolean} short without the year and the seconds
 * @returns {[first: string, last: string]}
 */
export function rangeTexts({ first, last }, nowMillis, short) {
  const today = formatDay(BigInt(nowMillis) * 1_000_000n);
  const isToday = [first, last].every((nanos) => formatDay(nanos) === today);
  const textOf = (/** @type {bigint} */ nanos) => {
    const time = formatTimeOfDay(nanos).slice(0, 8);
    if (isToday) return time;
    const day = formatDay(nanos);
    return short ? `${day.slice(5)} ${time.slice(0, 5)}` : `${day} ${time}`;
  };
  return [textOf(first), `${textOf(last)} ${zoneLabel()}`.trim()];
}
