// Trace summaries, as the trace list shows them.

import { formatCount, plural } from "./duration.js";
import { parseNanos } from "./timestamp.js";
import { finite, list, record } from "./wire.js";

/**
 * @typedef {object} TraceSummary
 * @property {string} id
 * @property {string} rootService
 * @property {string} rootName
 * @property {bigint} startNano
 * @property {number} duration
 * @property {number} spans
 * @property {number} errors
 * @property {{ name: string, spans: number }[]} services
 * @property {number} missing parents within this system that were not received
 * @property {number | null} statusCode
 * @property {boolean | null} failed whether an error reached the root; null if that was not determined
 * @property {number} handled errors that did not reach the root
 * @property {boolean} outside whether the request came from outside this system
 * @property {number | null} likelyDuration by one clock, if clocks differ beyond doubt
 */

/**
 * @param {unknown} json response of `/api/ui/traces`
 * @returns {TraceSummary[]} newest first
 */
export function readTraceList(json) {
  return list(record(json).traces).map(readSummary).sort(newestFirst);
}

/**
 * Whether the server has more traces than it returned.
 * @param {unknown} json response of `/api/ui/traces`
 */
export function hasMore(json) {
  return record(json).more === true;
}

/**
 * Merges two lists; each trace appears once.
 * @param {TraceSummary[]} a
 * @param {TraceSummary[]} b
 * @returns {TraceSummary[]} newest first
 */
export function mergeTraceLists(a, b) {
  const byId = new Map([...a, ...b].map((trace) => [trace.id, trace]));
  return [...byId.values()].sort(newestFirst);
}

/**
 * @param {TraceSummary} a
 * @param {TraceSummary} b
 */
function newestFirst(a, b) {
  return a.startNano < b.startNano ? 1 : a.startNano > b.startNano ? -1 : 0;
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {TraceSummary}
 */
function readSummary(wire) {
  return {
    id: String(wire.trace_id ?? ""),
    rootService: String(wire.root_service ?? ""),
    rootName: String(wire.root_name ?? ""),
    startNano: parseNanos(wire.start_unix_nano),
    duration: finite(wire.duration),
    spans: finite(wire.spans),
    errors: finite(wire.errors),
    services: list(wire.services).map((service) => ({
      name: String(service.name ?? ""),
      spans: finite(service.spans),
    })),
    missing: finite(wire.missing),
    statusCode: typeof wire.status_code === "number" ? wire.status_code : null,
    // A response that counts handled errors may leave out that none reached the root.
    failed: typeof wire.failed === "boolean" ? wire.failed : typeof wire.handled === "number" ? false : null,
    handled: finite(wire.handled),
    outside: wire.outside === true,
    likelyDuration: typeof wire.likely_duration === "number" ? finite(wire.likely_duration) : null,
  };
}

/**
 * Whether the trace is shown as failed: an error reached its root. If that was not determined, any error counts.
 * @param {TraceSummary} trace
 */
export function hasFailed({ failed, errors }) {
  return failed ?? errors > 0;
}

/**
 * @param {TraceSummary} trace
 * @returns {string} `3 errors`, `3 errors, 1 handled`, `2 errors, handled`; empty without errors
 */
export function errorText({ errors, failed, handled }) {
  if (errors === 0) return "";
  const all = plural(errors, "error");
  if (failed === null || handled === 0) return all;
  return handled === errors ? `${all}, handled` : `${all}, ${formatCount(handled)} handled`;
}
