// Compares a span's duration with the percentiles of its operation over all stored spans.

/** @typedef {import("./metrics.js").Metrics} Metrics */
/** @typedef {import("./metrics.js").OperationMetrics} OperationMetrics */

/** With fewer spans, percentiles are meaningless. */
const MIN_SPANS = 5;

/**
 * @param {Metrics} metrics
 * @param {string} service
 * @param {string} name
 * @param {string} kind
 * @returns {OperationMetrics | null} null if too few spans are stored
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
 * @returns {string} the percentile range, and of what
 */
export function percentileText(metrics, duration) {
  if (duration === metrics.p50) return "duration at p50";
  if (duration >= metrics.max) return "longest duration";
  if (duration > metrics.p99) return "duration above p99";
  if (duration > metrics.p95) return "duration above p95";
  if (duration > metrics.p50) return "duration above p50";
  return "duration below p50";
}

/**
 * Position on a square-root scale from 0 to the maximum: most medians are far below the maximum.
 * @param {import("./metrics.js").Durations} metrics
 * @param {number} duration
 * @returns {number} 0 to 1
 */
export function percentilePosition(metrics, duration) {
  return Math.min(1, Math.sqrt(Math.max(0, duration) / Math.max(metrics.max, 1)));
}
