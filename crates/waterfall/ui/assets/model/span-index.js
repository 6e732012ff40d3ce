// Index of the attributes and events of all spans of a trace, for searching and for event markers on bars.
// Built from the trace's OTLP JSON, which is fetched only when needed.

import { list, record } from "./wire.js";

/** @typedef {import("./trace.js").Trace} Trace */

/** Characters of a value that are searched. */
const MAX_CHARS = 2_000;

export class SpanIndex {
  constructor() {
    /**
     * Key-value pairs in lower case, by row.
     * @type {Map<number, [string, string][]>}
     */
    this.attributes = new Map();
    /**
     * Event times in nanoseconds from the start of the trace, by row.
     * @type {Map<number, number[]>}
     */
    this.events = new Map();
  }

  /**
   * @param {number} row
   * @param {string} key lower case
   * @returns {string[]}
   */
  values(row, key) {
    return (this.attributes.get(row) ?? []).filter(([name]) => name === key).map(([, value]) => value);
  }

  /**
   * @param {number} row
   * @returns {string[]} every value
   */
  words(row) {
    return (this.attributes.get(row) ?? []).map(([, value]) => value);
  }
}

/**
 * @param {unknown} json response of `/api/v3/traces/{id}`
 * @param {Trace} trace
 * @returns {SpanIndex}
 */
export function readSpanIndex(json, trace) {
  const index = new SpanIndex();
  /**
   * Number of spans seen by id: occurrences are numbered as in the rows.
   * @type {Map<string, number>}
   */
  const seen = new Map();
  for (const resource of list(record(record(json).result).resourceSpans)) {
    const shared = pairs(record(resource.resource).attributes);
    for (const scope of list(resource.scopeSpans)) {
      for (const span of list(scope.spans)) {
        const id = String(span.spanId ?? "").toLowerCase();
        const occurrence = seen.get(id) ?? 0;
        seen.set(id, occurrence + 1);
        const row = trace.rowOf(occurrence > 0 ? `${id}.${occurrence}` : id);
        if (row < 0) continue;
        const events = list(span.events);
        const pairsOfSpan = [
          ...pairs(span.attributes),
          ...shared,
          ...events.flatMap((event) => [pair("event", event.name), ...pairs(event.attributes)]),
        ];
        const message = record(span.status).message;
        if (typeof message === "string") pairsOfSpan.push(pair("status.message", message));
        index.attributes.set(row, pairsOfSpan);
        if (events.length > 0) {
          index.events.set(
            row,
            events.map(({ timeUnixNano }) => offsetOf(timeUnixNano, trace) + trace.adjustmentOf(row)),
          );
        }
      }
    }
  }
  return index;
}

/**
 * @param {unknown} nanos a decimal string
 * @param {Trace} trace
 */
function offsetOf(nanos, trace) {
  return /^\d{1,20}$/.test(String(nanos)) ? Number(BigInt(String(nanos)) - trace.startNano) : 0;
}

/**
 * @param {unknown} attributes OTLP `KeyValue`s
 * @returns {[string, string][]}
 */
function pairs(attributes) {
  return list(attributes).map((attribute) => {
    const [value] = Object.values(record(attribute.value));
    return pair(String(attribute.key ?? ""), value);
  });
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {[string, string]}
 */
function pair(key, value) {
  const text = value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
  return [key.toLowerCase(), text.slice(0, MAX_CHARS).toLowerCase()];
}
