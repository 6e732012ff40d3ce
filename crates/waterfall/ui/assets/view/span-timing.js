// Timing section of the details panel: duration, percentile, self time, critical path, start; and the client and server
// span of a remote call on one axis.

import { offPathText } from "../model/asynchronous.js";
import { clockText, isSkewCertain, skewTerm } from "../model/clock-skew.js";
import { formatLocal, formatUtc } from "../model/timestamp.js";
import { formatDuration, formatOffset } from "../model/duration.js";
import { calledService, remoteCallOf, waitsElsewhere } from "../model/remote-call.js";
import { likelyClocksText } from "../model/likely-clocks.js";
import { likelyText } from "../model/likely-text.js";
import { longestSelfInterval } from "../model/self-time.js";
import { selfTimeText } from "../model/self-text.js";
import { givenUpText, queueText, waitText } from "../model/wait-text.js";
import { shortNames } from "../model/short-names.js";
import { operationMetrics } from "../model/percentile.js";
import { breakable } from "./breakable.js";
import { el } from "./dom.js";
import { factList, spanText } from "./fact-list.js";
import { colorClass } from "./service-color.js";
import { percentileScale } from "./percentile-scale.js";
import { formatShare, shareOfTrace } from "../model/share.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @typedef {object} TimingHooks
 * @property {(row: number) => void} goTo
 * @property {(from: number, to: number) => void} show zooms to a time range
 * @property {(from: number, to: number) => void} mark marks a time range on the time axis
 */

/** Width of the shortest bar of a call, of its track. */
const MIN_BAR_PERCENT = 1.5;
/** Shorter gaps, as a share of the span, are not mentioned. */
const GAP_SHARE = 0.1;
/** Spans that are likely below a call. */
const MAX_LIKELY = 3;

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {import("../model/metrics.js").Metrics | null} all
 * @param {TimingHooks} hooks
 */
export function timing(screen, row, all, hooks) {
  const { trace, self } = screen;
  const length = trace.length[row];
  const critical = screen.critical.time[row];
  /** @type {import("./fact-list.js").Fact[]} */
  const facts = [["Duration", spanText(formatDuration(length), shareOfTrace(trace, length))]];
  const metrics = all ? operationMetrics(all, trace.serviceOf(row), trace.names[row], trace.kindOf(row)) : null;
  if (metrics) facts.push(["Percentile", percentileScale(metrics, length)]);
  facts.push(selfTimeFact(screen, row));
  const queue = queueText(trace, row);
  if (queue) facts.push(["Message", queue]);
  if (trace.waits.givenUpOf.has(row)) facts.push(["Call", waitText(trace, row)]);
  const gap = longestSelfInterval(trace, row);
  if (gap && gap.to - gap.from > length * GAP_SHARE && !waitsElsewhere(trace, row)) {
    facts.push(["Longest gap", gapLink(gap, trace.start[row], hooks)]);
  }
  const likely = likelyText(trace, row);
  facts.push([
    "Critical path",
    critical > 0
      ? spanText(
        formatDuration(critical),
        `${shareOfTrace(trace, critical)}${likely ? `, ${likely}` : ""}`,
      )
      : offPathText(trace, row),
  ]);
  facts.push(["Start", startFact(trace.start[row], trace.startedAt(row))]);
  const parent = trace.parent[row];
  if (parent >= 0 && trace.placeholder[parent] === 0) facts.push(["Parent", rowLink(trace, parent, hooks)]);
  facts.push(...likelyFacts(trace, row, hooks));
  if (trace.outsideParents.has(row)) {
    facts.push(["Parent", `span ${trace.parentIds[row]} of a caller outside`]);
  }
  const clock = clockText(trace, row);
  if (clock) facts.push([skewTerm(isSkewCertain(trace, row)), clock]);
  return el(
    "div",
    { class: `section timing ${colorClass(trace.serviceOf(row))}` },
    selfBar(length, self[row]),
    factList(facts),
  );
}

/**
 * What likely waited for the row above a missing parent, and what the row likely waited for below one.
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {TimingHooks} hooks
 * @returns {import("./fact-list.js").Fact[]}
 */
function likelyFacts(trace, row, hooks) {
  const callees = trace.likely.calleesOf.get(row) ?? [];
  /** @type {import("./fact-list.js").Fact[]} */
  const facts = callees.slice(0, MAX_LIKELY).map((callee) => ["Likely below", rowLink(trace, callee, hooks)]);
  if (callees.length > MAX_LIKELY) facts.push(["", `and ${callees.length - MAX_LIKELY} more`]);
  const caller = trace.likely.callerOf.get(row);
  if (caller !== undefined) facts.push(["Likely called by", rowLink(trace, caller, hooks)]);
  return facts;
}

/**
 * Self time. In a remote call, that is time not covered by the callee, which need not be work of the client.
 * @param {TraceScreen} screen
 * @param {number} row
 * @returns {import("./fact-list.js").Fact}
 */
function selfTimeFact({ trace, self }, row) {
  const share = formatShare(self[row], trace.length[row]);
  const clocks = likelyClocksText(trace);
  const said = (/** @type {string} */ text) =>
    spanText(formatDuration(self[row]), clocks ? `${text}, ${clocks}` : text);
  const called = calledService(trace, row);
  // A producer does not wait for its consumer.
  if (called && trace.kindOf(row) === "client") {
    return ["Not covered by the callee", said(`${share} of the call: no span of ${called} covers it`)];
  }
  return ["Self time", said(selfTimeText(trace, row, share))];
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

/**
 * @param {import("../model/self-time.js").Interval} gap
 * @param {number} start of the span
 * @param {TimingHooks} hooks
 */
function gapLink({ from, to }, start, hooks) {
  const button = el(
    "button",
    { type: "button", class: "link-button", title: "Zoom to this gap" },
    formatDuration(to - from),
  );
  button.addEventListener("click", () => hooks.show(from, to));
  return el(
    "span",
    {},
    button,
    el("span", { class: "muted" }, ` without child spans, from +${formatDuration(from - start)}`),
  );
}

/**
 * @param {number} offset
 * @param {bigint} absolute
 */
function startFact(offset, absolute) {
  const [local, utc] = [formatLocal(absolute), formatUtc(absolute)];
  return el(
    "span",
    {},
    formatOffset(offset),
    el("span", { class: "muted" }, " from trace start"),
    local === utc.replace(/Z$/, "") ? null : el("time", { class: "moment", datetime: utc.replace(" ", "T") }, local),
    el("time", { class: "moment", datetime: utc.replace(" ", "T") }, utc),
  );
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function shortLabel(trace, row) {
  const short = shortNames(trace);
  return `${short.service(trace.serviceOf(row))} ${short.span(trace.names[row]) || "(no name)"}`;
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {TimingHooks} hooks
 */
function rowLink(trace, row, hooks) {
  const button = el(
    "button",
    { type: "button", class: `link-button ${colorClass(trace.serviceOf(row))}` },
    el("span", { class: "dot" }),
    el("span", {}, ...breakable(shortLabel(trace, row))),
  );
  button.title = `${trace.serviceOf(row)} ${trace.names[row]}`;
  button.addEventListener("click", () => hooks.goTo(row));
  return button;
}

/**
 * The client span above the server span on one axis, with the time before and after the server span.
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {TimingHooks} hooks
 * @returns {HTMLElement | null} null unless both spans of the call were received
 */
export function remoteCallSection({ trace }, row, hooks) {
  const call = remoteCallOf(trace, row);
  if (!call) return null;
  const { client, server, requestDelay, responseDelay } = call;
  const givenUp = trace.waits.givenUpOf.get(client);
  const from = Math.min(trace.start[client], trace.start[server]);
  const length = Math.max(trace.endOf(client), trace.endOf(server), from + 1) - from;
  const side = (/** @type {number} */ of) => {
    const bar = el("i");
    // Also the shortest bar at the very end is drawn.
    const width = Math.max(MIN_BAR_PERCENT, (trace.length[of] / length) * 100);
    const left = Math.min(100 - width, ((trace.start[of] - from) / length) * 100);
    bar.style.setProperty("left", `${left}%`);
    bar.style.setProperty("width", `${width}%`);
    const label = of === row
      ? el("span", { class: "remote-call-name here" }, ...breakable(shortLabel(trace, of)))
      : rowLink(trace, of, hooks);
    return el(
      "div",
      { class: `remote-call-side ${colorClass(trace.serviceOf(of))}` },
      label,
      el("span", { class: "remote-call-time" }, formatDuration(trace.length[of])),
      el("span", { class: "remote-call-track", "aria-hidden": "true" }, bar),
    );
  };
  return el(
    "section",
    { class: "section remote-call" },
    el("h3", {}, "Client and server span"),
    side(client),
    side(server),
    el(
      "p",
      { class: "remote-call-delays" },
      el("span", {}, givenUp ? `The caller ${givenUpText(givenUp)}` : answeredText(requestDelay, responseDelay)),
    ),
  );
}

/**
 * @param {number} requestDelay
 * @param {number} responseDelay
 */
function answeredText(requestDelay, responseDelay) {
  return `Server span ${startText(requestDelay)} and ${endText(responseDelay)}`;
}

/** @param {number} delay from client start to server start */
function startText(delay) {
  return `starts ${formatDuration(Math.abs(delay))} ${delay < 0 ? "before" : "after"} the client span`;
}

/** @param {number} delay from server end to client end */
function endText(delay) {
  return `ends ${formatDuration(Math.abs(delay))} ${delay < 0 ? "after" : "before"} it`;
}
