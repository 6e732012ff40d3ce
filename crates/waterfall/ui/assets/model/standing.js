// Where a span's duration stands among all that the server keeps of its operation.

/** @typedef {import("./figures.js").Figures} Figures */
/** @typedef {import("./figures.js").OperationFigures} OperationFigures */

/** Of fewer spans a percentile says nothing. */
const FEWEST = 5;

/**
 * @param {Figures} figures
 * @param {string} service
 * @param {string} name
 * @param {string} kind
 * @returns {OperationFigures | null} null where too few are kept to compare with
 */
export function figuresOf(figures, service, name, kind) {
  const found = figures.operations.find((operation) =>
    operation.service === service && operation.name === name && operation.kind === kind
  );
  return found && found.spans >= FEWEST ? found : null;
}

/**
 * @param {import("./figures.js").Durations} figures
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
 * @param {import("./figures.js").Durations} figures
 * @param {number} duration
 * @returns {number} 0 to 1
 */
export function standingPlace(figures, duration) {
  return Math.min(1, Math.sqrt(Math.max(0, duration) / Math.max(figures.max, 1)));
}
