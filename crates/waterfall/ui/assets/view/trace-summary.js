// Header of the trace page: root span, duration, counts, the span with the most time, and the first error.

import { lastCauseFirst } from "../model/error-text.js";
import { formatAgo } from "../model/timestamp.js";
import { formatCount, formatDuration, formatShare, plural } from "../model/duration.js";
import { calledService } from "../model/remote-call.js";
import { givenUpText, idleText } from "../model/wait-text.js";
import { shortNames } from "../model/short-names.js";
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
  const short = shortNames(trace);
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
        el("span", { class: "service-name", title: rootService }, short.service(rootService) || "unknown service"),
        el(
          "span",
          { class: "operation", title: trace.names[root] ?? "" },
          short.span(trace.names[root]) || "(no name)",
        ),
        status ? el("span", { class: statusClass(status, trace.isError(root)) }, status) : null,
      ),
      el(
        "dl",
        { class: "facts" },
        ...durationFacts(trace),
        fact("Spans", formatCount(trace.spans)),
        fact("Services", formatCount(trace.services.length)),
        fact("Depth", formatCount(trace.maxDepth + 1)),
        trace.outsideParents.has(root) ? callerFact(trace.parentIds[root] ?? "") : null,
        startedFact(trace.startNano),
        idFact(trace.id),
      ),
    ),
    el(
      "div",
      { class: "callouts" },
      trace.errors > 0 ? errorCallout(screen, goTo) : null,
      givenUpCallout(screen, goTo),
      insights.wait
        ? waitCallout(screen, insights.wait, goTo)
        : insights.slowest >= 0 && trace.spans > 1
        ? slowestCallout(screen, goTo)
        : null,
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

/** @param {string} id of the caller's span */
function callerFact(id) {
  const title =
    `Span ${id} was not received: it belongs to a caller outside (a browser, a partner), or is still to come`;
  return el(
    "div",
    { class: "fact", title },
    el("dt", {}, "Called by"),
    el("dd", {}, `another process, span ${id.slice(0, 8)}…`),
  );
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
      el(
        "a",
        {
          class: "export",
          href: exportPath(id, "otlp"),
          download: true,
          title: "Download as OTLP JSON",
          "aria-label": "Download as OTLP JSON",
        },
        icon("download"),
        "OTLP",
      ),
      el(
        "a",
        {
          class: "export",
          href: exportPath(id, "jaeger"),
          download: true,
          title: "Download as Jaeger JSON",
          "aria-label": "Download as Jaeger JSON",
        },
        icon("download"),
        "Jaeger",
      ),
    ),
  );
}

/**
 * The duration; where clocks differ, as reported and by one clock.
 * @param {import("../model/trace.js").Trace} trace
 */
function durationFacts({ clocks, duration, reportedDuration, likelyDuration }) {
  if (clocks.length === 0) return [fact("Duration", formatDuration(duration), "strong")];
  return [
    fact("Reported duration", formatDuration(reportedDuration), "strong"),
    fact("Likely, by one clock", formatDuration(likelyDuration), "strong"),
  ];
}

/**
 * The stretch in which nothing ran, where it is longer than the time of any span.
 * @param {TraceScreen} screen
 * @param {import("../model/waits.js").Idle} wait
 * @param {(row: number) => void} goTo
 */
function waitCallout({ trace }, wait, goTo) {
  const { length, text } = idleText(trace, wait);
  const button = el(
    "button",
    { type: "button", class: "callout wait", title: "Go to the span that ended the wait" },
    el("span", { class: "callout-title" }, "Longest wait"),
    el("span", { class: "callout-name" }, text),
    el("span", { class: "callout-value" }, el("span", { class: "muted" }, shareOfTrace(trace, length))),
  );
  button.addEventListener("click", () => goTo(wait.after));
  return button;
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} time
 */
function shareOfTrace(trace, time) {
  return `${formatShare(time, trace.duration)} of the trace`;
}

/**
 * The first call whose caller gave up.
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
function givenUpCallout({ trace }, goTo) {
  const call = trace.givenUp[0];
  if (!call) return null;
  const button = el(
    "button",
    {
      type: "button",
      class: `callout wait ${colorClass(trace.serviceOf(call.client))}`,
      title: "Go to the call",
    },
    el("span", { class: "callout-title" }, "Call given up"),
    calloutSpan(trace, call.client),
    el("span", { class: "callout-value" }, givenUpText(call)),
  );
  button.addEventListener("click", () => goTo(call.client));
  return button;
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
    calloutSpan(trace, slowest),
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
 * The root cause, in red; errors that did not reach the root, quietly.
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
function errorCallout({ trace }, goTo) {
  const failed = trace.rootCause >= 0;
  const row = failed ? trace.rootCause : trace.unreached.keys().next().value ?? -1;
  const service = trace.serviceOf(row);
  const button = el(
    "button",
    {
      type: "button",
      class: `callout ${failed ? "error" : "unreached"} ${colorClass(service)}`,
      title: `Go to the ${failed ? "root cause" : "first error"} (e for the next error)`,
    },
    el("span", { class: "callout-title" }, failed ? icon("warn") : null, errorTitle(trace)),
    calloutSpan(trace, row),
    el("span", { class: "callout-value" }, failed ? causeText(trace) : outcomeText(trace)),
  );
  button.addEventListener("click", () => goTo(row));
  return button;
}

/** @param {import("../model/trace.js").Trace} trace */
function errorTitle(trace) {
  const unreached = [...trace.unreached.values()];
  const handled = unreached.filter((error) => error === "handled").length;
  const background = unreached.length - handled;
  const errors = plural(trace.errors, "error");
  if (trace.rootCause >= 0) return `${errors}${handled > 0 ? `, ${handled} handled` : ""}; root cause`;
  if (background === 0) return `${errors} below ${trace.errors === 1 ? "was" : "were"} handled`;
  return handled > 0 ? `${errors}: ${handled} handled, ${background} in the background` : `${errors} in the background`;
}

/**
 * When the failing span ended, which is when its caller could learn of the error.
 * @param {import("../model/trace.js").Trace} trace
 * @returns {string} such as "failed at 60.0 ms, 3 attempts: connection refused"
 */
function causeText(trace) {
  const { rootCause, attempts, messages, notes } = trace;
  const message = messages.get(rootCause);
  const why = message ? lastCauseFirst(message) : notes[rootCause] ?? "";
  const when = `failed at ${formatDuration(trace.endOf(rootCause))}${attempts > 1 ? `, ${attempts} attempts` : ""}`;
  return why ? `${when}: ${why}` : when;
}

/** @param {import("../model/trace.js").Trace} trace */
function outcomeText({ root, notes }) {
  const note = notes[root] ?? "";
  return /^\d{1,3}$/.test(note) ? `answered ${note}` : "the root span has no error";
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function calloutSpan(trace, row) {
  return el(
    "span",
    { class: "callout-span" },
    el("span", { class: "dot" }),
    el(
      "span",
      { class: "callout-name" },
      el("span", { class: "callout-service" }, `${shortNames(trace).service(trace.serviceOf(row))} `),
      spanLabel(trace, row),
    ),
  );
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function spanLabel(trace, row) {
  const called = calledService(trace, row);
  const short = shortNames(trace);
  const name = short.span(trace.names[row]) || "(no name)";
  return called ? `${name} → ${short.service(called)}` : name;
}
