// Statistics per operation of a trace: the spans of one service, kind and name, as on the services page.

import { countError, noErrors } from "./error-outcome.js";

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @typedef {object} OperationTotals
 * @property {number} service
 * @property {string} kind
 * @property {string} name
 * @property {number} count
 * @property {number} found number of its spans that the search found; all without a search
 * @property {number} total sum of the durations in nanoseconds
 * @property {number} self sum of the self times in nanoseconds
 * @property {number} maxSelf the largest self time of one span
 * @property {number} maxSelfRow its row
 * @property {number} detached number of its spans that their callers did not wait for; without calls given up
 * @property {number} queued nanoseconds that a message waited in the queue at most, after it was sent or before it was
 *   processed
 * @property {number[]} waiting rows of calls that were given up, and of messages that waited in a queue
 * @property {number} median
 * @property {number} p95
 * @property {number} max
 */

/** @typedef {OperationTotals & import("./error-outcome.js").ErrorCounts} Operation */

/**
 * @typedef {"service" | "kind" | "name" | "count" | "errors" | "total" | "self" | "maxSelf" | "queued" | "median"
 *   | "p95" | "max"} OperationKey
 */

/**
 * Whether two rows are spans of one operation.
 * @param {Trace} trace
 * @param {number} row
 * @param {number} other
 */
export function isSameOperation(trace, row, other) {
  return trace.service[row] === trace.service[other] && trace.kind[row] === trace.kind[other] &&
    trace.names[row] === trace.names[other] && trace.placeholder[row] === trace.placeholder[other];
}

/**
 * @param {Trace} trace
 * @param {Float64Array} self
 * @param {Uint8Array | null} [found] 1 for each row that the search found
 * @returns {Operation[]} by self time, descending
 */
export function operationsOf(trace, self, found = null) {
  /** @type {Map<string, { operation: Operation, rows: number[] }>} */
  const groups = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.placeholder[row] === 1) continue;
    const key = `${trace.service[row]} ${trace.kind[row]} ${trace.names[row]}`;
    let group = groups.get(key);
    if (!group) {
      group = {
        operation: {
          service: trace.service[row],
          kind: trace.kindOf(row),
          name: trace.names[row],
          count: 0,
          found: 0,
          ...noErrors(),
          total: 0,
          self: 0,
          maxSelf: -1,
          maxSelfRow: row,
          detached: 0,
          queued: 0,
          waiting: [],
          median: 0,
          p95: 0,
          max: 0,
        },
        rows: [],
      };
      groups.set(key, group);
    }
    group.rows.push(row);
    const { operation } = group;
    operation.count += 1;
    if (!found || found[row] === 1) operation.found += 1;
    operation.total += trace.length[row];
    operation.self += self[row];
    if (self[row] > operation.maxSelf) Object.assign(operation, { maxSelf: self[row], maxSelfRow: row });
    countError(operation, trace, row);
    if (trace.detached[row] === 1 && !trace.waits.givenUpOf.has(row)) operation.detached += 1;
    operation.queued = Math.max(operation.queued, trace.waits.queueOf.get(row)?.wait ?? 0);
    if (trace.waits.has(row)) operation.waiting.push(row);
  }
  return [...groups.values()]
    .map(({ operation, rows }) => {
      const durations = Float64Array.from(rows, (row) => trace.length[row]).sort();
      return {
        ...operation,
        median: percentile(durations, 0.5),
        p95: percentile(durations, 0.95),
        max: durations[durations.length - 1],
      };
    })
    .sort((a, b) => b.self - a.self);
}

/**
 * The nearest-rank percentile.
 * @param {Float64Array} sorted
 * @param {number} share
 */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/**
 * @param {Operation[]} operations
 * @param {OperationKey} key
 * @param {boolean} descending
 * @param {readonly string[]} services
 */
export function sortOperations(operations, key, descending, services) {
  const sign = descending ? -1 : 1;
  /** @param {Operation} operation */
  const value = (operation) => (key === "service" ? services[operation.service] ?? "" : operation[key]);
  return [...operations].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return x < y ? -sign : x > y ? sign : 0;
  });
}
