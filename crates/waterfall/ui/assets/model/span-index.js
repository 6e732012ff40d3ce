// Index of the attributes and events of all spans of a trace, for searching and for event markers on bars.
// Built from the trace's OTLP JSON, which is fetched only when needed.

import { satisfies } from "./query.js";
import { list, record } from "./wire.js";

/** @typedef {import("./trace.js").Trace} Trace */

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
   * Whether an attribute of a row satisfies a term, negations aside.
   * @param {number} row
   * @param {import("./query.js").Term} term
   */
  satisfies(row, term) {
    const pairs = this.attributes.get(row) ?? [];
    return pairs.some(([key, value]) => (term.field === "" || key === term.field) && satisfies(value, term));
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
        if (typeof message === "string" && message !== "") pairsOfSpan.push(pair("status.message", message));
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
  return list(attributes).flatMap(({ key, value }) => pairsOf(String(key ?? ""), record(value)));
}

/**
 * A list has a pair for each item; an entry of a map has the key `map.entry`. Bytes are not searched.
 * @param {string} key
 * @param {Record<string, unknown>} value OTLP `AnyValue`
 * @returns {[string, string][]}
 */
function pairsOf(key, value) {
  const items = record(value.arrayValue).values;
  if (items) return list(items).flatMap((item) => pairsOf(key, item));
  const entries = record(value.kvlistValue).values;
  if (entries) return list(entries).flatMap((entry) => pairsOf(`${key}.${entry.key ?? ""}`, record(entry.value)));
  const [plain] = Object.entries(value);
  return plain && plain[0] !== "bytesValue" ? [pair(key, plain[1])] : [];
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {[string, string]}
 */
function pair(key, value) {
  return [key.toLowerCase(), typeof value === "object" ? "" : String(value ?? "").toLowerCase()];
}
