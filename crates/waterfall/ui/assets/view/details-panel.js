// Details panel of one span: shows what the row has at once, and the rest when the server has responded.

import { callTarget, callTargetText } from "../model/call-target.js";
import { formatCount, plural } from "../model/duration.js";
import { missingText } from "../model/findings.js";
import { shortNames } from "../model/short-names.js";
import { describeWarning } from "../model/span-warnings.js";
import { attributeSections, attributeTable } from "./attribute-table.js";
import { breakable } from "./breakable.js";
import { el, fill, keepFocus } from "./dom.js";
import { errorSection, stackSection } from "./error-section.js";
import { factList, spanText, withCopy } from "./fact-list.js";
import { findingSection } from "./finding-section.js";
import { unfold, unfoldedIn } from "./folds.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { siblingSection } from "./sibling-section.js";
import { eventSection, linkSection } from "./span-events.js";
import { logSection } from "./span-logs.js";
import { remoteCallSection, timing } from "./span-timing.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/**
 * Data loaded for the panel.
 * @typedef {object} Known
 * @property {SpanDetails | null} details null while loading
 * @property {string | null} problem error message, if loading failed
 * @property {import("../model/metrics.js").Metrics | null} metrics of all operations
 */

/**
 * @typedef {object} PanelHooks
 * @property {import("./attribute-filter.js").AttributeFilter} filter
 * @property {() => void} close
 * @property {() => void} zoom
 */
/** @typedef {PanelHooks & import("./span-timing.js").TimingHooks} DetailsHooks */

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
  const isSame = panel.dataset.span === trace.ids[row];
  const unfolded = isSame ? unfoldedIn(panel) : new Set();
  const isFiltering = document.activeElement === hooks.filter.input;
  keepFocus(panel, () => {
    fill(panel, head(screen, row, hooks), body);
    hooks.filter.show(body);
    // A redraw while one types must not take the focus.
    if (isFiltering && body.contains(hooks.filter.input)) hooks.filter.input.focus({ preventScroll: true });
  });
  unfold(panel, unfolded);
  body.scrollTop = isSame ? scroll : 0;
  panel.dataset.span = trace.ids[row];
  panel.classList.toggle("unreached", trace.unreached.has(row));
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
    "aria-label": "Close details",
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
  const called = callTarget(trace, row);
  const short = shortNames(trace);
  const name = missing ? "Missing parent" : short.span(trace.names[row]) || "(no name)";
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
        el(
          "span",
          { class: "details-service-name", title: service },
          missing ? "no span has this id" : short.service(service),
        ),
        missing ? null : el("span", { class: "muted details-kind" }, `· ${trace.kindOf(row)}`),
      ),
      el(
        "h2",
        {
          title: missing
            ? null
            : [trace.names[row], called && `→ ${callTargetText(trace, row)}`].filter(Boolean).join(" "),
        },
        ...breakable(name),
        called ? el("span", { class: "called" }, " → ", ...breakable(short.service(called))) : null,
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
function missingParentBody({ trace, findings }, row) {
  const kind = missingText(findings?.missingKind(trace.ids[row]) ?? "");
  /** @type {import("./fact-list.js").Fact[]} */
  const facts = [["Span ID", withCopy(trace.ids[row], "span ID")], ["Children", String(trace.children[row])]];
  if (kind) facts.push(["It was", kind]);
  return [
    el(
      "div",
      { class: "section" },
      factList(facts),
    ),
    findingSection(findings?.of(trace, row) ?? [], trace.id),
    el(
      "div",
      { class: "section prose" },
      el(
        "p",
        {},
        "Spans of this trace name this id as that of their parent, but no span has it. Common causes:",
      ),
      el(
        "ul",
        {},
        el("li", {}, "It is still running: a span is exported when it ends."),
        el("li", {}, "Its service does not export spans, or exports them elsewhere."),
        el("li", {}, "The caller is outside this system and sent its own traceparent."),
        el("li", {}, "It was not sampled, or its process stopped before it was exported."),
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
    trace.isError(row) ? errorSection(details, trace.messages.get(row) ?? "", trace.unreached.get(row)) : null,
    findingSection(screen.findings?.of(trace, row) ?? [], trace.id),
    details?.siblings && details.siblings.differences.length > 0 ? siblingSection(details.siblings) : null,
    details && trace.isError(row) ? stackSection(details) : null,
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
    details && hooks.filter.isOffered(details.attributes.length) ? hooks.filter.element : null,
    ...(details ? attributeSections(details.attributes) : []),
    details ? droppedNote(details) : null,
    details?.more ? cappedNote(details) : null,
    details && details.total.events > 0
      ? eventSection(
        details.events,
        details.total.events,
        (offset) => trace.displayOffset(row, offset) - trace.start[row],
        (from, to) => hooks.mark(trace.displayOffset(row, from), trace.displayOffset(row, to)),
      )
      : null,
    logs.length > 0
      ? logSection(
        logs,
        screen.logs?.more === true,
        ({ offset }) => trace.displayOffset(row, offset) - trace.start[row],
      )
      : null,
    details && details.links.length > 0
      ? linkSection("Links", "Spans that this span links to", details.links, details.total.links)
      : null,
    details && details.linkedFrom.length > 0
      ? linkSection("Linked from", "Spans that link to this span", details.linkedFrom, details.linkedFrom.length)
      : null,
    details ? folded("Resource", attributeTable(details.resource), details.resource.length) : null,
    details ? identity(trace, row, details) : null,
  ];
}

/**
 * What the server left out, with the totals.
 * @param {SpanDetails} details
 */
function cappedNote({ attributes, total }) {
  const shown = attributes.length < total.attributes
    ? `The first ${formatCount(attributes.length)} of ${plural(total.attributes, "attribute")} are shown.`
    : "Some values of this span are left out.";
  return el("p", { class: "section muted" }, `${shown} Download the trace as OTLP JSON to see all of it.`);
}

/**
 * Counts of attributes, events and links that the SDK dropped.
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
    ? el("p", { class: "section muted" }, `Dropped by the SDK's span limits: ${counts.join(", ")}.`)
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
  const facts = [["Span ID", withCopy(trace.ids[row], "span ID")]];
  const [service, name] = [trace.serviceOf(row), trace.names[row]];
  const short = shortNames(trace);
  // The head has short names.
  if (short.span(name) !== name) facts.unshift(["Span name", withCopy(name, "span name")]);
  if (short.service(service) !== service) facts.unshift(["Service", withCopy(service, "service")]);
  const parent = trace.parentIds[row];
  if (parent) facts.push(["Parent span ID", withCopy(parent, "parent span ID")]);
  if (scope.name) facts.push(["Instrumentation scope", spanText(scope.name, scope.version)]);
  if (details.traceState) facts.push(["tracestate", withCopy(details.traceState, "tracestate")]);
  facts.push([
    "Link",
    withCopy(`${location.origin}/trace/${trace.id}?span=${trace.keyOf(row)}&details`, "link to this span"),
  ]);
  return folded("IDs and scope", factList(facts), facts.length);
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
