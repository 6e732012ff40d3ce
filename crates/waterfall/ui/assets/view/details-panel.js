// The panel of one span: what the row already knows shows at once, the rest when the server has said it.

import { formatLocal, formatUtc } from "../model/clock.js";
import { formatDuration, formatShare, plural } from "../model/duration.js";
import { describeFlag } from "../model/flags.js";
import { calledService, hopOf, timeOddity } from "../model/findings.js";
import { figuresOf } from "../model/standing.js";
import { copyButton } from "./copy.js";
import { attributeSections, attributeTable } from "./attribute-table.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { standingScale } from "./standing-scale.js";
import { eventSection, linkSection } from "./span-events.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/**
 * What the server has said so far.
 * @typedef {object} Known
 * @property {SpanDetails | null} details null while it is asked
 * @property {string | null} problem why there are none
 * @property {import("../model/standing.js").ServiceFigures | null} figures of all operations
 */

/**
 * @typedef {object} DetailsHooks
 * @property {(row: number) => void} goTo
 * @property {() => void} close
 * @property {() => void} zoom
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
  const gap = trace.gap[row] === 1;
  panel.setAttribute("aria-label", gap ? "Missing parent" : `Span ${trace.names[row]}`);
  panel.setAttribute("aria-busy", String(!gap && details === null && problem === null));
  const scroll = panel.querySelector(".details-body")?.scrollTop ?? 0;
  const body = el("div", { class: "details-body", tabindex: "0" }, ...(gap ? gapBody(screen, row) : spanBody(screen, row, known, hooks)));
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
  const gap = trace.gap[row] === 1;
  const close = el("button", { type: "button", class: "button icon-only", title: "Close (Esc)", "aria-label": "Close the details" }, icon("close"));
  close.addEventListener("click", hooks.close);
  const zoom = el("button", { type: "button", class: "button icon-only", title: "Zoom to this span (f)", "aria-label": "Zoom to this span" }, icon("target"));
  zoom.addEventListener("click", hooks.zoom);
  const service = trace.serviceOf(row);
  const called = calledService(trace, row);
  return el(
    "div",
    { class: `details-head ${gap ? "c-none" : colorClass(service)}` },
    el(
      "div",
      { class: "details-title" },
      el("div", { class: "details-service" }, el("span", { class: "dot" }), gap ? "not received" : service, gap ? null : el("span", { class: "muted" }, ` · ${trace.kindOf(row)}`)),
      el("h2", {}, gap ? "Missing parent" : trace.names[row] || "(no name)", called ? el("span", { class: "called" }, ` → ${called}`) : null),
    ),
    zoom,
    close,
  );
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 */
function gapBody({ trace }, row) {
  return [
    el("div", { class: "section" }, factList([["Span id", withCopy(trace.ids[row], "span id")], ["Children here", String(trace.children[row])]])),
    el(
      "div",
      { class: "section prose" },
      el("p", {}, "Spans of this trace name this one as their parent, and it was never received. Usually it is one of these:"),
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
function spanBody(screen, row, { details, problem, figures }, hooks) {
  const { trace } = screen;
  return [
    trace.isError(row) ? errorBox(details) : null,
    trace.flagsOf(row).length > 0 ? el("ul", { class: "section flags" }, ...trace.flagsOf(row).map(describeFlag).map(({ label, meaning }) => el("li", {}, el("span", { class: "badge warn" }, label), ` ${meaning}`))) : null,
    timing(screen, row, figures, hooks),
    problem ? el("p", { class: "section problem" }, problem) : null,
    details === null && problem === null ? el("div", { class: "section skeleton", "aria-hidden": "true" }, el("i"), el("i"), el("i")) : null,
    ...(details ? attributeSections(details.attributes) : []),
    details ? droppedNote(details) : null,
    details && details.events.length > 0 ? eventSection(details.events, trace.start[row]) : null,
    details && details.links.length > 0 ? linkSection("Links", "This span names these as its causes", details.links) : null,
    details && details.linkedFrom.length > 0 ? linkSection("Linked from", "These spans name this one", details.linkedFrom) : null,
    details ? folded("Resource", attributeTable(details.resource), details.resource.length) : null,
    details ? identity(trace, row, details) : null,
  ];
}

/** @param {SpanDetails | null} details */
function errorBox(details) {
  const exception = details?.events.find(({ name }) => name === "exception");
  const said = (/** @type {string} */ key) => {
    const value = exception?.attributes.find((attribute) => attribute.key === key)?.value ?? details?.attributes.find((attribute) => attribute.key === key)?.value;
    return typeof value === "string" ? value : "";
  };
  const type = said("exception.type") || said("error.type");
  const message = details?.statusMessage || said("exception.message");
  return el("div", { class: "section error-box" }, el("strong", {}, type || "Error"), message ? el("p", {}, message) : null);
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {import("../model/standing.js").ServiceFigures | null} all
 * @param {DetailsHooks} hooks
 */
function timing(screen, row, all, hooks) {
  const { trace, self } = screen;
  const length = trace.length[row];
  const critical = screen.criticalPath().time[row];
  const absolute = trace.startNano + BigInt(Math.round(trace.start[row]));
  /** @type {[string, HTMLElement | string][]} */
  const facts = [
    ["Duration", spanText(formatDuration(length), `${formatShare(length, trace.duration)} of the trace`)],
    ownTime(screen, row),
    ["Critical path", critical > 0 ? spanText(formatDuration(critical), `${formatShare(critical, trace.duration)} of the trace`) : "not on it"],
    ["Starts", startText(trace.start[row], absolute)],
  ];
  const figures = all ? figuresOf(all, trace.serviceOf(row), trace.names[row], trace.kindOf(row)) : null;
  if (figures) facts.splice(1, 0, ["Among others", standingScale(figures, length)]);
  const parent = trace.parent[row];
  if (parent >= 0 && trace.gap[parent] === 0) facts.push(["Parent", rowLink(trace, parent, hooks)]);
  const hop = hopOf(trace, row);
  if (hop) facts.push(["Network", hopText(hop)]);
  const oddity = timeOddity(trace, row);
  if (oddity) facts.push(["Clock", oddity === "outside" ? "lies before its parent: the clocks differ" : `starts ${formatDuration(trace.start[parent] - trace.start[row])} before its parent`]);
  return el("div", { class: `section timing ${colorClass(trace.serviceOf(row))}` }, selfBar(length, self[row]), factList(facts));
}

/**
 * What no child covers. Of a call that somebody answered, that is the way there and back: nobody works on it.
 * @param {TraceScreen} screen
 * @param {number} row
 * @returns {[string, HTMLElement]}
 */
function ownTime({ trace, self }, row) {
  const share = formatShare(self[row], trace.length[row]);
  const called = calledService(trace, row);
  if (called) return ["On the way", spanText(formatDuration(self[row]), `${share}: network and queues on the way to ${called} and back`)];
  return ["Works itself", spanText(formatDuration(self[row]), trace.children[row] > 0 ? `${share}, the rest waits for children` : "no children")];
}

/**
 * @param {number} length
 * @param {number} self
 */
function selfBar(length, self) {
  const own = el("i");
  own.style.setProperty("width", `${length > 0 ? (self / length) * 100 : 100}%`);
  return el("div", { class: "self-bar", "aria-hidden": "true" }, own);
}

/** @param {import("../model/findings.js").Hop} hop */
function hopText({ out, back }) {
  const skew = out < 0 || back < 0;
  return spanText(`${formatDuration(out)} there, ${formatDuration(back)} back`, skew ? "the two clocks differ" : "between the caller's span and this one");
}

/**
 * @param {number} offset
 * @param {bigint} absolute
 */
function startText(offset, absolute) {
  return el(
    "span",
    {},
    `+${formatDuration(offset)}`,
    el("span", { class: "muted" }, " into the trace"),
    el("time", { class: "moment", datetime: formatUtc(absolute).replace(" ", "T") }, formatLocal(absolute)),
    el("span", { class: "moment" }, formatUtc(absolute)),
  );
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {DetailsHooks} hooks
 */
function rowLink(trace, row, hooks) {
  const button = el("button", { type: "button", class: `link-button ${colorClass(trace.serviceOf(row))}` }, el("span", { class: "dot" }), `${trace.serviceOf(row)} ${trace.names[row]}`);
  button.addEventListener("click", () => hooks.goTo(row));
  return button;
}

/**
 * What the program that made the span left out, by its own count.
 * @param {SpanDetails} details
 */
function droppedNote({ dropped }) {
  const said = [plural(dropped.attributes, "attribute"), plural(dropped.events, "event"), plural(dropped.links, "link")].filter((text) => !text.startsWith("0 "));
  return said.length > 0 ? el("p", { class: "section muted" }, `The program dropped ${said.join(", ")} of this span: a limit of its SDK.`) : null;
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
  facts.push(["Link", withCopy(`${location.origin}/trace/${trace.id}?span=${trace.keyOf(row)}&details`, "link to this span")]);
  return folded("Identity and scope", factList(facts), facts.length);
}

/**
 * @param {string} title
 * @param {HTMLElement} content
 * @param {number} count
 */
function folded(title, content, count) {
  return el("details", { class: "section fold" }, el("summary", {}, title, el("span", { class: "muted" }, ` ${count}`)), content);
}

/** @param {[string, HTMLElement | string][]} facts */
function factList(facts) {
  return el("dl", { class: "fact-list" }, ...facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

/**
 * @param {string} text
 * @param {string} muted
 */
function spanText(text, muted) {
  return el("span", {}, text, muted ? el("span", { class: "muted" }, ` ${muted}`) : null);
}

/**
 * @param {string} text
 * @param {string} what
 */
function withCopy(text, what) {
  return el("span", { class: "copied-text" }, el("code", {}, text), copyButton(what, () => text));
}
