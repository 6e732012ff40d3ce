// What each view says about a trace, by quantity: views that name the same quantity must agree.

import { flameOf } from "../../assets/model/flame.js";
import { traceInsights } from "../../assets/model/insights.js";
import { operationsOf } from "../../assets/model/operation-stats.js";
import { totalSelfTime } from "../../assets/model/share.js";
import { eachSelfInterval } from "../../assets/model/self-time.js";
import { serviceGraph } from "../../assets/model/service-graph.js";
import { readTrace } from "../../assets/model/read-trace.js";
import { rowsOf } from "../wire.js";
import { errorStatements } from "./errors.js";

const ERROR = 2;

/** @typedef {Record<string, Record<string, unknown>>} Statements value by view, by quantity */

/**
 * @param {object} sources
 * @param {any} sources.sent the request that was sent
 * @param {any} sources.listed the trace in the list
 * @param {any} sources.wire the trace as its page receives it
 * @param {any} sources.corrected the same by the root's clock
 * @param {any} sources.jaeger Jaeger's API
 * @param {any} sources.otlp the export
 * @param {string} sources.drawing the terminal's drawing
 * @returns {Statements}
 */
export function statements({ sent, listed, wire, corrected, jaeger, otlp, drawing }) {
  const trace = readTrace(wire);
  const drawn = drawnTotals(drawing);
  const [sentSpans, exported] = [sent, otlp].map(otlpSpans);
  const spanRows = rowsOf(wire.rows).filter((/** @type {any} */ row) => !row.placeholder);
  const operations = operationsOf(trace, trace.self);
  const graph = serviceGraph(trace, trace.self);
  // Without the peers, which have no spans.
  const nodes = graph.nodes.filter(({ service }) => service < trace.services.length);
  const flame = flameOf(trace, trace.self);
  const frames = flame.levels.flat();
  const spans = jaeger.spans;
  const failed = (/** @type {any[]} */ all) => all.filter(({ status }) => status?.code === ERROR).length;
  const jaegerErrors = spans.filter(({ tags }) => tags.some(({ key, value }) => key === "error" && value === true));
  const isRootCause = (/** @type {any} */ row) => row.root_cause > 0;
  return {
    "spans": {
      sent: sentSpans.length,
      list: listed.spans,
      "list by service": sum(listed.services, ({ spans }) => spans),
      "trace API": spanRows.length,
      page: trace.spans,
      table: sum(operations, ({ count }) => count),
      graph: sum(nodes, ({ spans }) => spans),
      flame: sum(frames, ({ calls }) => calls) - trace.placeholders,
      Jaeger: spans.length,
      export: exported.length,
      terminal: drawn.spans,
    },
    "errors": {
      sent: failed(sentSpans),
      list: listed.errors,
      "trace API": spanRows.filter(({ status }) => status === "error").length,
      page: trace.errors,
      "next error": traceInsights(trace).errors.length,
      table: sum(operations, ({ errors }) => errors),
      graph: sum(nodes, ({ errors }) => errors),
      flame: sum(frames, ({ errors }) => errors),
      Jaeger: jaegerErrors.length,
      export: failed(exported),
      terminal: drawn.errors,
    },
    "start": { sent: extent(sentSpans).start, list: listed.start_unix_nano, page: String(trace.startNano) },
    "duration": {
      sent: extent(sentSpans).duration,
      export: extent(exported).duration,
      list: listed.duration,
      "trace API": wire.duration,
      page: trace.duration,
      "page, as reported": trace.reportedDuration,
    },
    "likely duration": {
      list: listed.likely_duration ?? listed.duration,
      "trace API": wire.likely_duration ?? wire.duration,
      page: trace.likelyDuration,
      "by one clock": readTrace(corrected).duration,
    },
    "durations of spans in microseconds": {
      "trace API": sorted(spanRows.map(({ id, duration }) => `${id} ${Math.floor(duration / 1000)}`)),
      Jaeger: sorted(spans.map(({ spanID, duration }) => `${spanID} ${duration}`)),
    },
    "self time": {
      "trace API": sum(spanRows, ({ self, duration }) => self ?? duration),
      page: totalSelfTime(trace, trace.self),
      table: sum(operations, ({ self }) => self),
      graph: sum(nodes, ({ self }) => self),
      flame: flame.top.total,
    },
    "self times of rows": {
      "trace API": ownTimes(wire),
      "trace API by one clock": ownTimes(corrected),
      waterfall: drawnOwnTimes(trace),
      "waterfall by one clock": drawnOwnTimes(readTrace(corrected)),
    },
    "most time": { "trace API": wire.most_time, "by one clock": corrected.most_time },
    "critical path": { "trace API": wire.critical_path.row, "by one clock": corrected.critical_path.row },
    "time by service": {
      table: byService(trace, operations),
      graph: byService(trace, nodes),
    },
    "spans by service": {
      list: sorted(listed.services.map(({ name, spans }) => `${name} ${spans}`)),
      graph: sorted(nodes.map(({ service, spans }) => `${trace.services[service]} ${spans}`)),
    },
    "failed": {
      list: listed.failed,
      "trace API": spanRows.some(isRootCause),
      page: trace.rootCause >= 0,
      terminal: drawn.hasFailed,
    },
    ...errorStatements({ listed, spanRows, trace, operations, graph, frames, drawing }),
    "missing parents": {
      list: listed.missing,
      "trace API": wire.missing.length,
      page: trace.missing.length,
      waterfall: trace.placeholders,
    },
    "called from outside": {
      list: listed.outside,
      page: trace.outsideParents.has(trace.root),
      terminal: drawn.isFromOutside,
    },
    "clocks differ": {
      list: listed.likely_duration !== undefined,
      "trace API": wire.clocks !== undefined,
      terminal: drawn.clocksDiffer,
    },
    "work after the root span had ended": {
      list: listed.late_work ?? null,
      "trace API": wire.late_work ?? null,
      "by one clock": corrected.late_work ?? null,
    },
    "root": {
      list: `${listed.root_service} ${listed.root_name}`,
      page: `${trace.serviceOf(trace.root)} ${trace.names[trace.root]}`,
    },
  };
}

/** @param {Statements} said */
export function disagreements(said) {
  return Object.entries(said).filter(([, views]) => {
    const values = Object.values(views).map((value) => JSON.stringify(value));
    return values.some((value) => value !== values[0]);
  });
}

/** @param {any} message */
function otlpSpans({ resourceSpans }) {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** From the first start to the last end; without a start both are the last end. @param {any[]} spans */
function extent(spans) {
  const times = (/** @type {string} */ key) => spans.map((span) => BigInt(span[key] ?? 0)).filter((time) => time > 0n);
  const starts = times("startTimeUnixNano");
  const end = [...starts, ...times("endTimeUnixNano")].reduce((a, b) => a > b ? a : b, 0n);
  const start = starts.reduce((a, b) => a < b ? a : b, end);
  return { start: String(start), duration: Number(end - start) };
}

/** What is written below the terminal's drawing. @param {string} drawing */
function drawnTotals(drawing) {
  const [, spans, errors] = /^(\d+) spans?, \d+ services?, [^,]+(?:, (\d+) errors?)?$/m.exec(drawing) ?? [];
  return {
    spans: Number(spans),
    errors: Number(errors ?? 0),
    hasFailed: /^root cause: /m.test(drawing),
    isFromOutside: /^called from outside, /m.test(drawing),
    clocksDiffer: /^the clocks (likely )?differ: /m.test(drawing),
  };
}

/** Self times without placeholders. @param {any} wire */
function ownTimes({ rows }) {
  return rowsOf(rows).map(({ placeholder, self, duration }, row) =>
    `row ${row}: ${placeholder ? 0 : self ?? duration}`
  );
}

/** What the waterfall draws as self time. @param {import("../../assets/model/trace.js").Trace} trace */
function drawnOwnTimes(trace) {
  return Array.from({ length: trace.count }, (_, row) => {
    let own = 0;
    eachSelfInterval(trace, row, 0, (from, to) => own += to - from);
    return `row ${row}: ${own}`;
  });
}

/**
 * @param {import("../../assets/model/trace.js").Trace} trace
 * @param {{ service: number, self: number, errors: number }[]} parts
 */
function byService(trace, parts) {
  /** @type {Map<string, number[]>} */
  const totals = new Map();
  for (const { service, self, errors } of parts) {
    const total = totals.get(trace.services[service]) ?? [0, 0];
    totals.set(trace.services[service], [total[0] + self, total[1] + errors]);
  }
  return sorted([...totals].map(([name, [self, errors]]) => `${name} ${self} ${errors}`));
}

/** @template T @param {T[]} values @param {(value: T) => number} number */
function sum(values, number) {
  return values.reduce((total, value) => total + number(value), 0);
}

/** @param {string[]} values */
function sorted(values) {
  return values.sort();
}
