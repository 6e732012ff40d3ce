// Where a span's duration stands among all that the server keeps of its operation.

import { finite, list, record } from "./wire.js";

/**
 * @typedef {object} OperationFigures
 * @property {string} service
 * @property {string} name
 * @property {string} kind
 * @property {number} spans
 * @property {number} errors
 * @property {number} p50 nanoseconds, as the next
 * @property {number} p95
 * @property {number} p99
 * @property {number} max
 */

/** @typedef {{ from: string, to: string, calls: number, errors: number }} ServiceCalls */
/** @typedef {{ operations: OperationFigures[], calls: ServiceCalls[] }} ServiceFigures */

/** Of fewer spans a percentile says nothing. */
const FEWEST = 5;

/**
 * @param {unknown} json the answer of `/api/ui/services`
 * @returns {ServiceFigures}
 */
export function readFigures(json) {
  const wire = record(json);
  return { operations: list(wire.operations).map(readOperation), calls: list(wire.calls).map(readCalls) };
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {OperationFigures}
 */
function readOperation(wire) {
  return {
    service: String(wire.service ?? ""),
    name: String(wire.name ?? ""),
    kind: String(wire.kind ?? ""),
    spans: finite(wire.spans),
    errors: finite(wire.errors),
    p50: finite(wire.p50),
    p95: finite(wire.p95),
    p99: finite(wire.p99),
    max: finite(wire.max),
  };
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {ServiceCalls}
 */
function readCalls(wire) {
  return { from: String(wire.parent ?? ""), to: String(wire.child ?? ""), calls: finite(wire.calls), errors: finite(wire.errors) };
}

/**
 * @param {ServiceFigures} figures
 * @param {string} service
 * @param {string} name
 * @param {string} kind
 * @returns {OperationFigures | null} null where too few are kept to compare with
 */
export function figuresOf(figures, service, name, kind) {
  const found = figures.operations.find((operation) => operation.service === service && operation.name === name && operation.kind === kind);
  return found && found.spans >= FEWEST ? found : null;
}

/**
 * @param {OperationFigures} figures
 * @param {number} duration
 * @returns {string} in words
 */
export function standing(figures, duration) {
  if (duration >= figures.max) return "the slowest kept";
  if (duration >= figures.p99) return "slower than 99%";
  if (duration >= figures.p95) return "slower than 95%";
  if (duration >= figures.p50) return "slower than half";
  return "quicker than half";
}

/**
 * A place on the way from 0 to the slowest, by square root: the middle of most operations is far below their slowest.
 * @param {OperationFigures} figures
 * @param {number} duration
 * @returns {number} 0 to 1
 */
export function standingPlace(figures, duration) {
  return Math.min(1, Math.sqrt(Math.max(0, duration) / Math.max(figures.max, 1)));
}
