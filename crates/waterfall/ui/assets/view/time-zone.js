// Whether times of day are the reader's own or UTC; the browser remembers which.

import { formatLocal, formatLocalTime, formatUtc } from "../model/timestamp.js";
import { persisted } from "./storage.js";

const memory = persisted("waterfall.zone");

function isUtc() {
  return memory.load() === "utc";
}

export function toggleZone() {
  memory.save(isUtc() ? "local" : "utc");
}

/** @returns {string} for a label: `UTC`, or nothing where times are the reader's own */
export function zoneLabel() {
  return isUtc() ? "UTC" : "";
}

/**
 * @param {bigint} nanos
 * @returns {string} `15:03:07.123`
 */
export function formatTimeOfDay(nanos) {
  // Of `2026-11-22 14:03:07.123456789Z`; what no calendar knows is shown whole.
  return isUtc() ? /\d\d:\d\d:\d\d\.\d{3}/.exec(formatUtc(nanos))?.[0] ?? formatUtc(nanos) : formatLocalTime(nanos);
}

/** @param {bigint} nanos */
export function localAndUtc(nanos) {
  return `${formatLocal(nanos)} here\n${formatUtc(nanos)} UTC`;
}
