// What a call was made to: the service that received it, else the peer that the caller's span names.

import { isSameOperation } from "./operation-stats.js";
import { calledService } from "./remote-call.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if unknown
 */
export function callTarget(trace, row) {
  return calledService(trace, row) || (peerOf(trace, row)?.name ?? "");
}

/**
 * What all calls of a row's operation were made to.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if unknown, or if they were made to several
 */
export function targetOfOperation(trace, row) {
  const target = callTarget(trace, row);
  for (let other = 0; other < trace.count; other += 1) {
    if (isSameOperation(trace, row, other) && callTarget(trace, other) !== target) return "";
  }
  return target;
}

/**
 * What a call was made to, in full: whether the trace has a span of it.
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "fonts, which has no span in this trace"; empty if unknown
 */
export function callTargetText(trace, row) {
  const target = callTarget(trace, row);
  return target !== "" && peerOf(trace, row) ? `${target}, which has no span in this trace` : target;
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {import("./trace.js").Peer | null}
 */
function peerOf(trace, row) {
  return trace.peers[trace.peerOf.get(row) ?? -1] ?? null;
}
