// Header of the trace page: root span, duration, counts, the span with the most time, and the first error.

import { formatAgo } from "../model/timestamp.js";
import { formatCount, formatDuration, formatShare, plural } from "../model/duration.js";
import { calledService } from "../model/remote-call.js";
import { exportPath } from "../net/api.js";
import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { formatTimeOfDay, localAndUtc, zoneLabel } from "./time-zone.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
export function showSummary(element, screen, goTo) {
  const { trace, insights } = screen;
  const root = trace.root;
  const rootService = trace.serviceOf(root);
  const note = trace.notes[root] ?? "";
  const status = /^\d{1,3}$/.test(note) ? note : "";
  fill(
    element,
    el(
      "div",
      { class: "summary-main" },
      el(
        "h1",
        { class: `summary-title ${colorClass(rootService)}` },
        el("span", { class: "service-name" }, rootService || "unknown service"),
        el("span", { class: "operation" }, trace.names[root] || "(no name)"),
        status ? el("span", { class: statusClass(status, trace.isError(root)) }, status) : null,
      ),
      el(
        "dl",
        { class: "facts" },
        fact("Duration", formatDuration(trace.duration), "strong"),
        fact("Spans", formatCount(trace.spans)),
        fact("Services", formatCount(trace.services.length)),
        fact("Depth", formatCount(trace.maxDepth + 1)),
        startedFact(trace.startNano),
        idFact(trace.id),
      ),
    ),
    el(
      "div",
      { class: "callouts" },
      insights.firstError >= 0 ? errorCallout(screen, goTo) : null,
      insights.slowest >= 0 && trace.spans > 1 ? slowestCallout(screen, goTo) : null,
    ),
  );
}

/**
 * @param {string} status
 * @param {boolean} error
 */
function statusClass(status, error) {
  if (error || /^5\d\d$/.test(status)) return "badge error";
  if (/^4\d\d$/.test(status)) return "badge warn";
  return /^[23]\d\d$/.test(status) ? "badge ok" : "badge";
}

/**
 * @param {string} term
 * @param {string} value
 * @param {string} [className]
 */
function fact(term, value, className = "") {
  return el("div", { class: `fact ${className}`.trim() }, el("dt", {}, term), el("dd", {}, value));
}

/** @param {bigint} start */
function startedFact(start) {
  const value = el(
    "dd",
    { title: localAndUtc(start) },
    `${formatTimeOfDay(start)} ${zoneLabel()}`.trim(),
    el("span", { class: "muted" }, ` ${formatAgo(start, Date.now())}`),
  );
  return el("div", { class: "fact" }, el("dt", {}, "Started"), value);
}

/** @param {string} id */
function idFact(id) {
  return el(
    "div",
    { class: "fact trace-id" },
    el("dt", {}, "Trace ID"),
    el(
      "dd",
      {},
      el("code", { title: id }, id),
      copyButton("trace ID", () => id),
      el("a", {
        class: "export",
        href: exportPath(id, "otlp"),
        download: true,
        title: "Download as OTLP JSON",
        "aria-label": "Download as OTLP JSON",
      }, "OTLP"),
      el("a", {
        class: "export",
        href: exportPath(id, "jaeger"),
        download: true,
        title: "Download as Jaeger JSON",
        "aria-label": "Download as Jaeger JSON",
      }, "Jaeger"),
    ),
  );
}

/**
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
function slowestCallout({ trace, insights: { slowest, slowestTime } }, goTo) {
  const service = trace.serviceOf(slowest);
  const button = el(
    "button",
    {
      type: "button",
      class: `callout slow ${colorClass(service)}`,
      title: "Go to the span with the most time on the critical path (s)",
    },
    el("span", { class: "callout-title" }, "Most time in"),
    el(
      "span",
      { class: "callout-span" },
      el("span", { class: "dot" }),
      el(
        "span",
        { class: "callout-name" },
        el("span", { class: "callout-service" }, `${service} `),
        spanLabel(trace, slowest),
      ),
    ),
    el(
      "span",
      { class: "callout-value" },
      formatDuration(slowestTime),
      el("span", { class: "muted" }, ` ${formatShare(slowestTime, trace.duration)} of the trace`),
    ),
  );
  button.addEventListener("click", () => goTo(slowest));
  return button;
}

/**
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
function errorCallout({ trace, insights: { firstError } }, goTo) {
  const service = trace.serviceOf(firstError);
  const button = el(
    "button",
    {
      type: "button",
      class: `callout error ${colorClass(service)}`,
      title: "Go to the first error (e for the next one)",
    },
    el("span", { class: "callout-title" }, icon("warn"), `${plural(trace.errors, "error")}, first in`),
    el(
      "span",
      { class: "callout-span" },
      el("span", { class: "dot" }),
      el(
        "span",
        { class: "callout-name" },
        el("span", { class: "callout-service" }, `${service} `),
        spanLabel(trace, firstError),
      ),
    ),
    el(
      "span",
      { class: "callout-value" },
      trace.notes[firstError] ? `${trace.notes[firstError]} ` : "",
      `at ${formatDuration(trace.start[firstError])}`,
    ),
  );
  button.addEventListener("click", () => goTo(firstError));
  return button;
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function spanLabel(trace, row) {
  const called = calledService(trace, row);
  return called ? `${trace.names[row]} → ${called}` : trace.names[row] || "(no name)";
}
