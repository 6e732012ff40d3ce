// Which of several spans of one operation a row is: a name alone does not say where to look.

import { formatCount } from "./duration.js";
import { isSameOperation } from "./operation-stats.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "level 217 of 300", or "18 of 24" on one level; empty if it is the only one
 */
export function placeText(trace, row) {
  let [same, before, sameLevel] = [0, 0, 0];
  for (let other = 0; other < trace.count; other += 1) {
    if (!isSameOperation(trace, row, other)) continue;
    same += 1;
    if (other <= row) before += 1;
    if (trace.depth[other] === trace.depth[row]) sameLevel += 1;
  }
  if (same < 2) return "";
  return sameLevel === 1
    ? `level ${formatCount(trace.depth[row] + 1)} of ${formatCount(trace.maxDepth + 1)}`
    : `${formatCount(before)} of ${formatCount(same)}`;
}
