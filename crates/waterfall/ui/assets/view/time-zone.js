// Time zone of displayed times: local or UTC; persisted.

import { formatLocal, formatLocalTime, formatUtc } from "../model/timestamp.js";
import { persisted } from "./storage.js";

const memory = persisted("waterfall.zone");

function isUtc() {
  return memory.load() === "utc";
}

export function toggleZone() {
  memory.save(isUtc() ? "local" : "utc");
}

/** @returns {string} `UTC`, or empty for local time */
export function zoneLabel() {
  return isUtc() ? "UTC" : "";
}

/**
 * @param {bigint} nanos
 * @returns {string} `15:03:07.123`
 */
export function formatTimeOfDay(nanos) {
  // Cuts the time of day from `2026-11-22 14:03:07.123456789Z`; out-of-range times are shown whole.
  return isUtc() ? /\d\d:\d\d:\d\d\.\d{3}/.exec(formatUtc(nanos))?.[0] ?? formatUtc(nanos) : formatLocalTime(nanos);
}

/**
 * @param {bigint} nanos
 * @returns {string} `2026-11-22`
 */
export function formatDay(nanos) {
  return (isUtc() ? formatUtc(nanos) : formatLocal(nanos)).slice(0, 10);
}

/** @param {bigint} nanos */
export function localAndUtc(nanos) {
  return `${formatLocal(nanos)} local\n${formatUtc(nanos)} UTC`;
}
