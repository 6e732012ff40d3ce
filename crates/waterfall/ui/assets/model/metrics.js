// Rate, errors and durations of services and operations, over a time and in equal parts of it; and who calls whom.

import { parseNanos } from "./timestamp.js";
import { finite, list, record, text } from "./wire.js";

/** @typedef {{ spans: number[], errors: number[], p50: number[], p95: number[], p99: number[] }} Series one entry a part, the oldest first */
/** @typedef {{ spans: number, errors: number, p50: number, p95: number, p99: number, max: number }} Durations nanoseconds, but for the counts */
/** @typedef {Durations & { name: string, series: Series }} ServiceMetrics */
/** @typedef {Durations & { service: string, name: string, kind: string, series: Series }} OperationMetrics */
/** @typedef {{ name: string, kind: string }} Peer `kind` is service, or what kind of thing that is not traced itself */
/** @typedef {{ from: Peer, to: Peer, calls: number, errors: number, p95: number }} Calls */

/**
 * @typedef {object} Metrics
 * @property {bigint} from what the series cover, in nanoseconds since 1970
 * @property {bigint} to
 * @property {ServiceMetrics[]} services
 * @property {OperationMetrics[]} operations
 * @property {boolean} more there are more operations
 * @property {Calls[]} calls
 */

/**
 * @param {unknown} json the answer of `/api/ui/services`
 * @returns {Metrics}
 */
export function readMetrics(json) {
  const wire = record(json);
  return {
    from: parseNanos(wire.from),
    to: parseNanos(wire.to),
    services: list(wire.services).map((service) => ({
      name: text(service.name),
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
    more: wire.more === true,
    calls: list(wire.calls).map((calls) => ({
      from: { name: text(calls.parent), kind: text(calls.parent_kind) || "service" },
      to: { name: text(calls.child), kind: text(calls.child_kind) || "service" },
      calls: finite(calls.calls),
      errors: finite(calls.errors),
      p95: finite(calls.p95),
    })),
  };
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

/**
 * How often, over the time that the metrics cover, in the unit that gives a number to read.
 * @param {number} spans
 * @param {{ from: bigint, to: bigint }} time
 * @returns {string} `12.4/s`, `3.1/min`, `2/h`; empty where the time is too short to speak of
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
