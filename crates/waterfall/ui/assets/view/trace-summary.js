// Header of the trace page: root span, duration, counts, and what to look at first.

import { formatAgo } from "../model/timestamp.js";
import { formatCount, formatDuration } from "../model/duration.js";
import { lateWorkText } from "../model/late-work.js";
import { shortId } from "../model/short-id.js";
import { shortNames } from "../model/short-names.js";
import { exportPath } from "../net/api.js";
import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { timeWithDay } from "./started-text.js";
import { localAndUtc, zoneLabel } from "./time-zone.js";
import { callouts } from "./callouts.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
export function showSummary(element, screen, goTo) {
  const { trace } = screen;
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
        fact("Services", formatCount(trace.services.length), "further"),
        fact("Depth", formatCount(trace.maxDepth + 1), "further"),
        trace.outsideParents.has(root) ? callerFact(trace.parentIds[root] ?? "") : null,
        startedFact(trace.reportedStart),
        idFact(trace.id),
        furtherToggle(element),
      ),
    ),
    el("div", { class: "callouts" }, ...callouts(screen, goTo)),
  );
}

/**
 * In a narrow window, further facts are folded. The fold stays as it is when the summary is drawn again.
 * @param {HTMLElement} summary
 */
function furtherToggle(summary) {
  const button = el("button", { type: "button", class: "link-button further-toggle" });
  const show = () => {
    const isOpen = summary.classList.contains("all-facts");
    button.textContent = isOpen ? "Fewer" : "More";
    button.setAttribute("aria-expanded", String(isOpen));
  };
  button.addEventListener("click", () => {
    summary.classList.toggle("all-facts");
    show();
  });
  show();
  return el("div", { class: "fact further-fact" }, button);
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
  const now = Date.now();
  const value = el(
    "dd",
    { title: localAndUtc(start) },
    `${timeWithDay(start, now)} ${zoneLabel()}`.trim(),
    el("span", { class: "muted" }, ` ${formatAgo(start, now)}`),
  );
  return el("div", { class: "fact further" }, el("dt", {}, "Started"), value);
}

/** @param {string} id of the caller's span */
function callerFact(id) {
  const title =
    `Span ${id} is not in the trace: it belongs to a caller outside (a browser, a partner), or is still to come`;
  return el(
    "div",
    { class: "fact further", title },
    el("dt", {}, "Called by"),
    el("dd", {}, `a caller outside, span ${shortId(id)}…`),
  );
}

/** @param {string} id */
function idFact(id) {
  return el(
    "div",
    { class: "fact trace-id further" },
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
 * The duration; where clocks differ, as reported and by one clock. And when the root span ended, if work went on.
 * @param {import("../model/trace.js").Trace} trace
 */
function durationFacts({ clocks, duration, reportedDuration, likelyDuration, lateWork }) {
  const note = lateWork && el("span", { class: "muted late-work" }, ` ${lateWorkText(lateWork)}`);
  if (clocks.length === 0) return [durationFact("Duration", duration, note)];
  return [
    durationFact("Reported duration", reportedDuration, null),
    durationFact("Likely, by one clock", likelyDuration, note),
  ];
}

/**
 * @param {string} term
 * @param {number} duration
 * @param {HTMLElement | null} note
 */
function durationFact(term, duration, note) {
  return el("div", { class: "fact strong" }, el("dt", {}, term), el("dd", {}, formatDuration(duration), note));
}
