// Which of several spans of one name a row is: a name alone does not say where to look.

import { formatCount } from "./duration.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} such as "level 217 of 300", or "18 of 24" on one level; empty if the name is the only one
 */
export function placeText(trace, row) {
  let [same, before, sameLevel] = [0, 0, 0];
  for (let other = 0; other < trace.count; other += 1) {
    if (trace.service[other] !== trace.service[row] || trace.names[other] !== trace.names[row]) continue;
    if (trace.placeholder[other] === 1) continue;
    same += 1;
    if (other <= row) before += 1;
    if (trace.depth[other] === trace.depth[row]) sameLevel += 1;
  }
  if (same < 2) return "";
  return sameLevel === 1
    ? `level ${formatCount(trace.depth[row] + 1)} of ${formatCount(trace.maxDepth + 1)}`
    : `${formatCount(before)} of ${formatCount(same)}`;
}
