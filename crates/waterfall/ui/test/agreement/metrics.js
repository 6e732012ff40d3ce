// What the services page says about all traces together, beside what their own pages say.

import { operationsOf } from "../../assets/model/operation-stats.js";
import { readMetrics } from "../../assets/model/metrics.js";
import { readTrace } from "../../assets/model/read-trace.js";

/**
 * @param {any[]} wires all traces as their pages receive them
 * @param {any} services the answer for the services page
 * @returns {import("./views.js").Statements}
 */
export function metricsStatements(wires, services) {
  const metrics = readMetrics(services);
  /** @type {Map<string, number[]>} */
  const operations = new Map();
  /** @type {Map<string, number[]>} */
  const entries = new Map();
  /** @type {Map<string, number[]>} */
  const all = new Map();
  /** @type {Map<string, number>} */
  const longest = new Map();
  /** @type {Map<string, number[]>} */
  const tables = new Map();
  for (const trace of wires.map(readTrace)) {
    for (const { service, name, kind, count, errors } of operationsOf(trace, trace.self)) {
      add(tables, `${trace.services[service]} ${name} ${kind}`, errors, count);
    }
    for (let row = 0; row < trace.count; row += 1) {
      if (trace.placeholder[row] === 1) continue;
      const [service, kind, error] = [trace.serviceOf(row), trace.kindOf(row), trace.isError(row) ? 1 : 0];
      const operation = `${service} ${trace.names[row]} ${kind}`;
      add(operations, operation, error);
      longest.set(operation, Math.max(trace.length[row], longest.get(operation) ?? 0));
      const isEntry = kind === "server" || kind === "consumer" || trace.parentIds[row] === null;
      add(all, service, error);
      if (isEntry) add(entries, service, error);
    }
  }
  return {
    "operations left out": {
      "services page": Object.values(metrics.leftOut).some((count) => count > 0),
      traces: false,
    },
    "spans and errors by operation": {
      "services page": sorted(metrics.operations, ({ service, name, kind }) => `${service} ${name} ${kind}`),
      traces: totals(operations),
      "tables of the traces": totals(tables),
    },
    "longest span by operation": {
      "services page": metrics.operations.map(({ service, name, kind, max }) => `${service} ${name} ${kind}: ${max}`)
        .sort(),
      traces: [...longest].map(([operation, duration]) => `${operation}: ${duration}`).sort(),
    },
    "requests and errors by service": {
      "services page": sorted(metrics.services, ({ name }) => name),
      traces: totals(new Map([...all, ...entries])),
    },
  };
}

/**
 * @param {Map<string, number[]>} counts
 * @param {string} key
 * @param {number} more errors
 * @param {number} [count] spans
 */
function add(counts, key, more, count = 1) {
  const [spans, errors] = counts.get(key) ?? [0, 0];
  counts.set(key, [spans + count, errors + more]);
}

/** @param {Map<string, number[]>} counts */
function totals(counts) {
  return [...counts].map(([key, [spans, errors]]) => `${key}: ${spans}, ${errors}`).sort();
}

/**
 * @template {{ spans: number, errors: number }} T
 * @param {T[]} measured
 * @param {(one: T) => string} key
 */
function sorted(measured, key) {
  return measured.map((one) => `${key(one)}: ${one.spans}, ${one.errors}`).sort();
}
