// What each view says about the errors of a trace: how many there are, and what became of them.

import { errorsOf, reachedErrors } from "../../assets/model/error-outcome.js";
import { isFailing } from "../../assets/model/service-calls.js";
import { hasFailed, readTraceList } from "../../assets/model/trace-list.js";

/** @typedef {import("../../assets/model/error-outcome.js").ErrorCounts} ErrorCounts */
/** @typedef {ErrorCounts & { service: number }} Part of a trace, within one service */

const OUTCOMES = /** @type {const} */ (["handled", "background"]);

/**
 * @param {object} sources
 * @param {any} sources.listed the trace in the list
 * @param {any[]} sources.spanRows the spans as the trace's page receives them
 * @param {import("../../assets/model/trace.js").Trace} sources.trace
 * @param {Part[]} sources.operations the lines of the table
 * @param {import("../../assets/model/service-columns.js").ServiceGraph} sources.graph
 * @param {Part[]} sources.frames of the flame graph
 * @param {string} sources.drawing the terminal's drawing
 * @returns {import("./views.js").Statements}
 */
export function errorStatements({ listed, spanRows, trace, operations, graph, frames, drawing }) {
  const { nodes, edges } = graph;
  const [summary] = readTraceList({ traces: [listed] });
  const count = (/** @type {"errors" | "handled" | "background"} */ what, /** @type {Part[]} */ parts) =>
    parts.reduce((sum, part) => sum + part[what], 0);
  const unreached = OUTCOMES.map((outcome) => [`errors, ${outcome}`, {
    list: summary[outcome],
    "trace API": spanRows.filter(({ error }) => error === outcome).length,
    page: errorsOf(trace)[outcome],
    table: count(outcome, operations),
    graph: count(outcome, nodes),
    flame: count(outcome, frames),
    ...(outcome === "handled" ? { terminal: drawnHandled(drawing) } : {}),
  }]);
  return {
    ...Object.fromEntries(unreached),
    "errors that reached the root, by service": {
      waterfall: reachedByService(trace, rowErrors(trace)),
      table: reachedByService(trace, operations),
      graph: reachedByService(trace, nodes),
      flame: reachedByService(trace, frames),
    },
    "shown in red": {
      list: hasFailed(summary),
      page: trace.rootCause >= 0,
      table: operations.some((part) => reachedErrors(part) > 0),
      graph: nodes.some((part) => reachedErrors(part) > 0),
      flame: frames.some((part) => reachedErrors(part) > 0),
    },
    "edges in red of a trace that is well": {
      graph: trace.rootCause >= 0 ? 0 : edges.filter(isFailing).length,
      page: 0,
    },
  };
}

/** @param {import("../../assets/model/trace.js").Trace} trace @returns {Part[]} one for each row */
function rowErrors(trace) {
  return Array.from({ length: trace.count }, (_, row) => {
    const outcome = trace.unreached.get(row);
    const service = trace.service[row];
    return {
      service,
      errors: trace.isError(row) ? 1 : 0,
      handled: outcome === "handled" ? 1 : 0,
      background: outcome === "background" ? 1 : 0,
    };
  });
}

/**
 * @param {import("../../assets/model/trace.js").Trace} trace
 * @param {Part[]} parts
 */
function reachedByService(trace, parts) {
  const totals = trace.services.map((name, service) => {
    const reached = parts.filter((part) => part.service === service).map(reachedErrors);
    return `${name} ${reached.reduce((sum, errors) => sum + errors, 0)}`;
  });
  return totals.sort();
}

/** @param {string} drawing */
function drawnHandled(drawing) {
  const [, handled] = /^(\d+) errors? did not reach the root/m.exec(drawing) ?? [];
  return Number(handled ?? 0);
}
