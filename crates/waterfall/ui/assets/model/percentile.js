// Where a span's duration stands among all that the server keeps of its operation.

/** @typedef {import("./metrics.js").Metrics} Metrics */
/** @typedef {import("./metrics.js").OperationMetrics} OperationMetrics */

/** Of fewer spans a percentile says nothing. */
const MIN_SPANS = 5;

/**
 * @param {Metrics} metrics
 * @param {string} service
 * @param {string} name
 * @param {string} kind
 * @returns {OperationMetrics | null} null where too few are kept to compare with
 */
export function operationMetrics(metrics, service, name, kind) {
  const found = metrics.operations.find((operation) =>
    operation.service === service && operation.name === name && operation.kind === kind
  );
  return found && found.spans >= MIN_SPANS ? found : null;
}

/**
 * @param {import("./metrics.js").Durations} metrics
 * @param {number} duration
 * @returns {string} in words
 */
export function percentileText(metrics, duration) {
  if (duration >= metrics.max) return "the slowest kept";
  if (duration >= metrics.p99) return "slower than 99%";
  if (duration >= metrics.p95) return "slower than 95%";
  if (duration >= metrics.p50) return "slower than half";
  return "quicker than half";
}

/**
 * A place on the way from 0 to the slowest, by square root: the middle of most operations is far below their slowest.
 * @param {import("./metrics.js").Durations} metrics
 * @param {number} duration
 * @returns {number} 0 to 1
 */
export function percentilePosition(metrics, duration) {
  return Math.min(1, Math.sqrt(Math.max(0, duration) / Math.max(metrics.max, 1)));
}
