// Log records of a trace, indexed by span.

import { attributeText } from "./attributes.js";
import { formatCount, plural } from "./duration.js";
import { parseNanos } from "./timestamp.js";
import { finite, list, readAttributes, record, text } from "./wire.js";

/** @typedef {import("./attributes.js").Attribute} Attribute */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {"trace" | "debug" | "info" | "warn" | "error" | "fatal"} Level */

/**
 * @typedef {object} LogRecord
 * @property {string} spanId empty if the record has none
 * @property {bigint} nanos since the epoch
 * @property {number} offset nanoseconds from the start of the trace, as reported
 * @property {Level | null} level null if the record has no severity number
 * @property {string} severity text as reported
 * @property {string} eventName
 * @property {string} body
 * @property {string} service
 * @property {string} scope
 * @property {Attribute[]} attributes
 */

const LEVELS = /** @type {readonly Level[]} */ (["trace", "debug", "info", "warn", "error", "fatal"]);
const NONE = /** @type {readonly LogRecord[]} */ (Object.freeze([]));

export class TraceLogs {
  /**
   * @param {LogRecord[]} records in time order
   * @param {boolean} more whether the server has more records
   */
  constructor(records, more) {
    this.records = records;
    this.more = more;
    /** @type {Map<string, LogRecord[]>} */
    this.bySpan = new Map();
    for (const log of records) {
      const recordsOfSpan = this.bySpan.get(log.spanId);
      if (recordsOfSpan) recordsOfSpan.push(log);
      else this.bySpan.set(log.spanId, [log]);
    }
  }

  /**
   * Log records of a span. Spans that share an id share their records.
   * @param {Trace} trace
   * @param {number} row
   * @returns {readonly LogRecord[]}
   */
  of(trace, row) {
    return trace.placeholder[row] === 1 ? NONE : this.bySpan.get(trace.ids[row]) ?? NONE;
  }
}

/**
 * @param {unknown} json response of `/api/ui/traces/{id}/logs`
 * @returns {TraceLogs}
 */
export function readLogs(json) {
  const wire = record(json);
  const records = list(wire.logs).map(readLog);
  // By exact time; records of the same nanosecond keep their order of arrival.
  records.sort((a, b) => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0));
  return new TraceLogs(records, wire.more === true);
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {LogRecord}
 */
function readLog(wire) {
  const body = record(wire.body);
  const number = finite(wire.severity_number);
  return {
    spanId: text(wire.span_id),
    nanos: parseNanos(wire.time_unix_nano),
    offset: finite(wire.offset),
    level: levelOf(number),
    severity: text(wire.severity_text) || (levelOf(number) ?? "").toUpperCase(),
    eventName: text(wire.event_name),
    body: attributeText({ key: "body", type: text(body.type), value: body.value }),
    service: text(wire.service),
    scope: text(record(wire.scope).name),
    attributes: readAttributes(wire.attributes),
  };
}

/**
 * OpenTelemetry severity numbers: four per level, starting at 1.
 * @param {number} number
 * @returns {Level | null}
 */
function levelOf(number) {
  return LEVELS[Math.floor((number - 1) / 4)] ?? null;
}

/**
 * @param {readonly LogRecord[]} records
 * @returns {Level | null} the highest level among them
 */
export function highestSeverity(records) {
  return records.reduce(
    (worst, { level }) => (rank(level) > rank(worst) ? level : worst),
    /** @type {Level | null} */ (null),
  );
}

/**
 * How many of a span's records are listed, with the total.
 * @param {number} shown
 * @param {number} total number of the span's records that the page has
 * @param {boolean} more whether the server has more records of the trace
 * @returns {string} such as "The first 100 of 1,234 records. The Logs view has all of them."; empty if all are listed
 */
export function listedText(shown, total, more) {
  const rest = more ? "The trace has more records than the page loads." : "The Logs view has all of them.";
  if (shown < total) return `The first ${formatCount(shown)} of ${plural(total, "record")}. ${rest}`;
  return more ? `${rest} The span may have others.` : "";
}

/**
 * @param {LogRecord} log
 * @param {Level} minLevel
 */
export function isAtLeast(log, minLevel) {
  return rank(log.level) >= rank(minLevel);
}

/** @param {Level | null} level */
function rank(level) {
  return level === null ? -1 : LEVELS.indexOf(level);
}

/**
 * First line of the body, or the event name.
 * @param {LogRecord} log
 */
export function headline({ body, eventName }) {
  return (body || eventName || "(no body)").split("\n", 1)[0] ?? "";
}
