// What a call was made to: the service that received it, else the target that the failed call itself names.

import { calledService } from "./remote-call.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if unknown
 */
export function callTarget(trace, row) {
  return calledService(trace, row) || (trace.targets.get(row) ?? "");
}
