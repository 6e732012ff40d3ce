// RED metrics (rate, errors, duration) of services and operations, in total and over time, and calls between services.

import { plural } from "./duration.js";
import { parseNanos } from "./timestamp.js";
import { finite, list, record, text, texts } from "./wire.js";

/**
 * One entry per bucket, oldest first.
 * @typedef {{ spans: number[], errors: number[], p50: number[], p95: number[], p99: number[] }} Series
 */
/**
 * Durations are nanoseconds.
 * @typedef {{ spans: number, errors: number, p50: number, p95: number, p99: number, max: number }} Durations
 */
/**
 * Of the service's entry spans: of kind server or consumer, or without a parent. A service without them (`hasEntries`
 * is false) is measured by all its spans. `kinds` are those of the measured spans.
 * @typedef {Durations & { name: string, kinds: string[], hasEntries: boolean, series: Series }} ServiceMetrics
 */
/** @typedef {Durations & { service: string, name: string, kind: string, series: Series }} OperationMetrics */
/** @typedef {{ name: string, kind: string }} Peer `kind` is `service`, or the kind of an uninstrumented peer */
/**
 * A side without spans is null: it records none.
 * @typedef {{ from: Peer, to: Peer, byCaller: Durations | null, byCallee: Durations | null }} Calls
 */

/**
 * @typedef {object} Metrics
 * @property {bigint} from time range of the series, in nanoseconds since the epoch
 * @property {bigint} to
 * @property {ServiceMetrics[]} services
 * @property {OperationMetrics[]} operations
 * @property {{ services: number, operations: number, calls: number }} leftOut how many are not in the lists
 * @property {Calls[]} calls
 */

/**
 * @param {unknown} json response of `/api/ui/services`
 * @returns {Metrics}
 */
export function readMetrics(json) {
  const wire = record(json);
  return {
    from: parseNanos(wire.from),
    to: parseNanos(wire.to),
    services: list(wire.services).map((service) => ({
      name: text(service.name),
      kinds: texts(service.kinds),
      hasEntries: service.entries !== false,
      ...readDurations(service),
      series: readSeries(service.series),
    })),
    operations: list(wire.operations).map((operation) => ({
      service: text(operation.service),
      name: text(operation.name),
      kind: text(operation.kind),
      ...readDurations(operation),
      series: readSeries(operation.series),
    })),
    leftOut: readLeftOut(wire.left_out),
    calls: list(wire.calls).map((calls) => ({
      from: { name: text(calls.parent), kind: text(calls.parent_kind) || "service" },
      to: { name: text(calls.child), kind: text(calls.child_kind) || "service" },
      byCaller: readSide(calls.by_caller),
      byCallee: readSide(calls.by_callee),
    })),
  };
}

/** @param {unknown} value */
function readLeftOut(value) {
  const wire = record(value);
  return { services: finite(wire.services), operations: finite(wire.operations), calls: finite(wire.calls) };
}

/**
 * What the lists lack, as a sentence; empty when they are whole.
 * @param {Metrics} metrics
 * @returns {string}
 */
export function leftOutNote({ leftOut }) {
  const parts = [[leftOut.services, "service"], [leftOut.operations, "operation"], [leftOut.calls, "call"]]
    .filter(([count]) => count)
    .map(([count, word]) => plural(Number(count), String(word)));
  const last = parts.pop();
  if (last === undefined) return "";
  return `Not listed: ${parts.length === 0 ? last : `${parts.join(", ")} and ${last}`}, those with the fewest spans.`;
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Durations}
 */
function readDurations(wire) {
  return {
    spans: finite(wire.spans),
    errors: finite(wire.errors),
    p50: finite(wire.p50),
    p95: finite(wire.p95),
    p99: finite(wire.p99),
    max: finite(wire.max),
  };
}

/**
 * @param {unknown} value
 * @returns {Durations | null}
 */
function readSide(value) {
  const durations = readDurations(record(value));
  return durations.spans > 0 ? durations : null;
}

/**
 * @param {unknown} value
 * @returns {Series}
 */
function readSeries(value) {
  const wire = record(value);
  const numbers = (/** @type {unknown} */ part) => (Array.isArray(part) ? part.map(finite) : []);
  return {
    spans: numbers(wire.spans),
    errors: numbers(wire.errors),
    p50: numbers(wire.p50),
    p95: numbers(wire.p95),
    p99: numbers(wire.p99),
  };
}

/** @typedef {{ text: string, title: string }} MeasuredNote */

/**
 * Which spans of a service are measured, if none of them is the server or consumer span of a request.
 * @param {ServiceMetrics} service
 * @returns {MeasuredNote | undefined}
 */
export function measuredNote({ kinds, hasEntries }) {
  if (kinds.some((kind) => kind === "server" || kind === "consumer")) return undefined;
  const named = `${kinds.join(", ")} spans`;
  return hasEntries
    ? { text: named, title: "No SERVER or CONSUMER spans: root spans and those that other services called" }
    : { text: `all ${named}`, title: "No SERVER or CONSUMER spans, and no known caller: all spans" };
}

/**
 * How many of the spans are in the time range of the series, which need not reach back to the first one.
 * @param {{ spans: number, series: Series }} measured
 * @returns {number}
 */
export function spansWithin({ spans, series }) {
  return series.spans.length > 0 ? series.spans.reduce((sum, count) => sum + count, 0) : spans;
}

/**
 * Request rate in the largest unit that gives at least 1.
 * @param {number} spans
 * @param {{ from: bigint, to: bigint }} time
 * @returns {string} `12.4/s`, `3.1/min`, `2/h`; empty if the range is shorter than a second
 */
export function rate(spans, { from, to }) {
  const seconds = Number(to - from) / 1e9;
  if (!(seconds >= 1)) return "";
  for (const [unit, size] of /** @type {const} */ ([["s", 1], ["min", 60], ["h", 3_600]])) {
    const value = (spans / seconds) * size;
    if (value >= 1 || unit === "h") {
      return `${value >= 99.5 ? Math.round(value) : Number(value.toPrecision(2))}/${unit}`;
    }
  }
  return "";
}
