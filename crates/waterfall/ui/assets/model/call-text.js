// Text about the calls between two services, as the caller and as the callee saw them. They differ where a caller gave
// up: it waited and failed, and the callee answered later, in time of its own.

import { formatDuration, plural } from "./duration.js";

/** @typedef {import("./metrics.js").Durations} Durations */
/** @typedef {{ byCaller: Durations | null, byCallee: Durations | null }} CallSides */

/**
 * The lines of the label of a call in the service map.
 * @param {CallSides} sides
 * @returns {string[]} `3 calls, 1 error` and `p95 852 ms, callee 4.00 ms`
 */
export function callLines({ byCaller, byCallee }) {
  const counted = byCaller ?? byCallee;
  if (counted === null) return [];
  const onlyCallee = byCaller === null || (byCaller.errors === 0 && (byCallee?.errors ?? 0) > 0);
  const errors = onlyCallee ? byCallee?.errors ?? 0 : counted.errors;
  const failed = errors > 0 ? `, ${plural(errors, "error")}${byCaller !== null && onlyCallee ? " at callee" : ""}` : "";
  const duration = byCaller === null
    ? `callee ${p95Text(counted)}`
    : p95Text(byCaller) + (byCallee === null ? "" : `, callee ${formatDuration(byCallee.p95)}`);
  return [plural(counted.spans, "call") + failed, duration];
}

/**
 * What the label says, in sentences.
 * @param {CallSides} sides
 * @returns {string}
 */
export function callTooltip({ byCaller, byCallee }) {
  const side = (/** @type {string} */ name, /** @type {Durations | null} */ durations) =>
    durations === null
      ? `${name}: no spans`
      : `${name}: ${plural(durations.spans, "call")}, ${plural(durations.errors, "error")}, p50 ${
        formatDuration(durations.p50)
      }, p95 ${formatDuration(durations.p95)}, max ${formatDuration(durations.max)}`;
  return `${side("As the caller saw it", byCaller)}\n${side("As the callee saw it", byCallee)}`;
}

/** @param {Durations} durations */
function p95Text({ spans, p95 }) {
  return spans > 1 ? `p95 ${formatDuration(p95)}` : formatDuration(p95);
}
