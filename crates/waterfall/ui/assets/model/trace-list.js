// Trace summaries, as the trace list shows them.

import { formatDuration } from "./duration.js";
import { lateWorkText, readLateWork } from "./late-work.js";
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
 * @property {number} handled of these, those that were handled
 * @property {number} background of these, those of work that no caller waited for
 * @property {{ name: string, spans: number }[]} services the first ones
 * @property {number} servicesLeftOut further services
 * @property {number} missing parents within this system that were not received
 * @property {number | null} statusCode
 * @property {boolean | null} failed whether an error reached the root; null if that was not determined
 * @property {boolean} outside whether the request came from outside this system
 * @property {number | null} likelyDuration by one clock, if clocks likely differ
 * @property {import("./late-work.js").LateWork | null} lateWork what was done after the root span had ended
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
    handled: finite(wire.handled),
    background: finite(wire.background),
    services: list(wire.services).map((service) => ({
      name: String(service.name ?? ""),
      spans: finite(service.spans),
    })),
    servicesLeftOut: finite(wire.services_left_out),
    missing: finite(wire.missing),
    statusCode: typeof wire.status_code === "number" ? wire.status_code : null,
    // A response that counts handled errors may leave out that none reached the root.
    failed: typeof wire.failed === "boolean" ? wire.failed : typeof wire.handled === "number" ? false : null,
    outside: wire.outside === true,
    likelyDuration: typeof wire.likely_duration === "number" ? finite(wire.likely_duration) : null,
    lateWork: readLateWork(wire.late_work),
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
 * What the duration does not say by itself.
 * @param {TraceSummary} trace
 * @returns {string} such as "Answered after 861 ms, work went on until 1.50 s"; empty if nothing
 */
export function durationNote({ likelyDuration, lateWork }) {
  const notes = [
    ...(likelyDuration === null ? [] : [`As reported. By one clock it likely took ${formatDuration(likelyDuration)}`]),
    ...(lateWork === null ? [] : [sentence(lateWorkText(lateWork))]),
  ];
  return notes.join(". ");
}

/**
 * The same in a word or two, beside the duration.
 * @param {TraceSummary} trace
 * @returns {string[]} such as "likely 50.0 ms", "answered 861 ms"
 */
export function shortDurationNotes({ likelyDuration, lateWork }) {
  return [
    ...(likelyDuration === null ? [] : [`likely ${formatDuration(likelyDuration)}`]),
    ...(lateWork === null ? [] : [`${lateWork.isAnswer ? "answered" : "root"} ${formatDuration(lateWork.rootEnded)}`]),
  ];
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
