// The panel of one span: what the row already knows shows at once, the rest when the server has said it.

import { plural } from "../model/duration.js";
import { describeWarning } from "../model/span-warnings.js";
import { calledService } from "../model/remote-call.js";
import { attributeSections, attributeTable } from "./attribute-table.js";
import { el, fill } from "./dom.js";
import { factList, spanText, withCopy } from "./fact-list.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { eventSection, linkSection } from "./span-events.js";
import { logSection } from "./span-logs.js";
import { remoteCallSection, timing } from "./span-timing.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/**
 * What the server has said so far.
 * @typedef {object} Known
 * @property {SpanDetails | null} details null while it is asked
 * @property {string | null} problem why there are none
 * @property {import("../model/metrics.js").Metrics | null} metrics of all operations
 */

/**
 * @typedef {object} DetailsHooks
 * @property {(row: number) => void} goTo
 * @property {() => void} close
 * @property {() => void} zoom
 * @property {(from: number, to: number) => void} show zooms to a stretch of the trace
 */

/**
 * @param {HTMLElement} panel
 * @param {TraceScreen} screen
 * @param {Known} known
 * @param {DetailsHooks} hooks
 */
export function showDetails(panel, screen, known, hooks) {
  const { details, problem } = known;
  const { trace } = screen;
  const row = screen.selected;
  const missing = trace.placeholder[row] === 1;
  panel.setAttribute("aria-label", missing ? "Missing parent" : `Span ${trace.names[row]}`);
  panel.setAttribute("aria-busy", String(!missing && details === null && problem === null));
  const scroll = panel.querySelector(".details-body")?.scrollTop ?? 0;
  const body = el(
    "div",
    { class: "details-body", tabindex: "0" },
    ...(missing ? missingParentBody(screen, row) : spanBody(screen, row, known, hooks)),
  );
  fill(panel, head(screen, row, hooks), body);
  body.scrollTop = panel.dataset.span === trace.ids[row] ? scroll : 0;
  panel.dataset.span = trace.ids[row];
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {DetailsHooks} hooks
 */
function head({ trace }, row, hooks) {
  const missing = trace.placeholder[row] === 1;
  const close = el("button", {
    type: "button",
    class: "button icon-only",
    title: "Close (Esc)",
    "aria-label": "Close the details",
  }, icon("close"));
  close.addEventListener("click", hooks.close);
  const zoom = el("button", {
    type: "button",
    class: "button icon-only",
    title: "Zoom to this span (f)",
    "aria-label": "Zoom to this span",
  }, icon("target"));
  zoom.addEventListener("click", hooks.zoom);
  const service = trace.serviceOf(row);
  const called = calledService(trace, row);
  return el(
    "div",
    { class: `details-head ${missing ? "c-none" : colorClass(service)}` },
    el(
      "div",
      { class: "details-title" },
      el(
        "div",
        { class: "details-service" },
        el("span", { class: "dot" }),
        missing ? "not received" : service,
        missing ? null : el("span", { class: "muted" }, ` · ${trace.kindOf(row)}`),
      ),
      el(
        "h2",
        {},
        missing ? "Missing parent" : trace.names[row] || "(no name)",
        called ? el("span", { class: "called" }, ` → ${called}`) : null,
      ),
    ),
    zoom,
    close,
  );
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 */
function missingParentBody({ trace }, row) {
  return [
    el(
      "div",
      { class: "section" },
      factList([["Span id", withCopy(trace.ids[row], "span id")], ["Children here", String(trace.children[row])]]),
    ),
    el(
      "div",
      { class: "section prose" },
      el(
        "p",
        {},
        "Spans of this trace name this one as their parent, and it was never received. Usually it is one of these:",
      ),
      el(
        "ul",
        {},
        el("li", {}, "It is still running: a span is sent when it ends."),
        el("li", {}, "Its service does not export its spans, or to another place."),
        el("li", {}, "The caller is no part of this system, and sent its own traceparent."),
        el("li", {}, "It was sampled out, or lost when its process stopped without a flush."),
      ),
    ),
  ];
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {Known} known
 * @param {DetailsHooks} hooks
 * @returns {(HTMLElement | null)[]}
 */
function spanBody(screen, row, { details, problem, metrics }, hooks) {
  const { trace } = screen;
  const logs = screen.logs?.of(trace, row) ?? [];
  const call = remoteCallSection(screen, row, hooks);
  return [
    trace.isError(row) ? errorBox(details) : null,
    trace.warningsOf(row).length > 0
      ? el(
        "ul",
        { class: "section span-warnings" },
        ...trace.warningsOf(row).map(describeWarning).map(({ label, meaning }) =>
          el("li", {}, el("span", { class: "badge warn" }, label), ` ${meaning}`)
        ),
      )
      : null,
    timing(screen, row, metrics, hooks),
    call,
    problem ? el("p", { class: "section problem" }, problem) : null,
    details === null && problem === null
      ? el("div", { class: "section skeleton", "aria-hidden": "true" }, el("i"), el("i"), el("i"))
      : null,
    ...(details ? attributeSections(details.attributes) : []),
    details ? droppedNote(details) : null,
    details?.more
      ? el("p", { class: "section muted" }, "There is more of it than fits here: all of it is in the trace's OTLP.")
      : null,
    details && details.events.length > 0
      ? eventSection(details.events, (offset) => trace.displayOffset(row, offset) - trace.start[row])
      : null,
    logs.length > 0 ? logSection(logs, ({ offset }) => trace.displayOffset(row, offset) - trace.start[row]) : null,
    details && details.links.length > 0
      ? linkSection("Links", "This span names these as its causes", details.links)
      : null,
    details && details.linkedFrom.length > 0
      ? linkSection("Linked from", "These spans name this one", details.linkedFrom)
      : null,
    details ? folded("Resource", attributeTable(details.resource), details.resource.length) : null,
    details ? identity(trace, row, details) : null,
  ];
}

/** @param {SpanDetails | null} details */
function errorBox(details) {
  const exception = details?.events.find(({ name }) => name === "exception");
  const attributeValue = (/** @type {string} */ key) => {
    const value = exception?.attributes.find((attribute) => attribute.key === key)?.value ??
      details?.attributes.find((attribute) => attribute.key === key)?.value;
    return typeof value === "string" ? value : "";
  };
  const type = attributeValue("exception.type") || attributeValue("error.type");
  const message = details?.statusMessage || attributeValue("exception.message");
  return el(
    "div",
    { class: "section error-box" },
    el("strong", {}, type || "Error"),
    message ? el("p", {}, message) : null,
  );
}

/**
 * What the program that made the span left out, by its own count.
 * @param {SpanDetails} details
 */
function droppedNote({ dropped }) {
  const counts = [
    plural(dropped.attributes, "attribute"),
    plural(dropped.events, "event"),
    plural(dropped.links, "link"),
  ]
    .filter((text) => !text.startsWith("0 "));
  return counts.length > 0
    ? el("p", { class: "section muted" }, `The program dropped ${counts.join(", ")} of this span: a limit of its SDK.`)
    : null;
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {SpanDetails} details
 */
function identity(trace, row, details) {
  const { scope } = details;
  /** @type {[string, HTMLElement | string][]} */
  const facts = [["Span id", withCopy(trace.ids[row], "span id")]];
  const parent = trace.parentIds[row];
  if (parent) facts.push(["Parent id", withCopy(parent, "parent id")]);
  if (scope.name) facts.push(["Scope", spanText(scope.name, scope.version)]);
  if (details.traceState) facts.push(["Trace state", withCopy(details.traceState, "trace state")]);
  facts.push([
    "Link",
    withCopy(`${location.origin}/trace/${trace.id}?span=${trace.keyOf(row)}&details`, "link to this span"),
  ]);
  return folded("Identity and scope", factList(facts), facts.length);
}

/**
 * @param {string} title
 * @param {HTMLElement} content
 * @param {number} count
 */
function folded(title, content, count) {
  return el(
    "details",
    { class: "section fold" },
    el("summary", {}, title, el("span", { class: "muted" }, ` ${count}`)),
    content,
  );
}
