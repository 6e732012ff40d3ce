// When a span was, how much of it was its own work, how that compares; and both halves of a call as one.

import { clockSkew } from "../model/clock-skew.js";
import { formatLocal, formatUtc } from "../model/timestamp.js";
import { formatDuration, formatShare } from "../model/duration.js";
import { calledService, remoteCallOf } from "../model/remote-call.js";
import { longestSelfInterval } from "../model/idle-time.js";
import { operationMetrics } from "../model/percentile.js";
import { el } from "./dom.js";
import { factList, spanText } from "./fact-list.js";
import { colorClass } from "./service-color.js";
import { percentileScale } from "./percentile-scale.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("./details-panel.js").DetailsHooks} DetailsHooks */

/** A gap that is a smaller share of its span says nothing. */
const GAP_SHARE = 0.1;

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {import("../model/metrics.js").Metrics | null} all
 * @param {DetailsHooks} hooks
 */
export function timing(screen, row, all, hooks) {
  const { trace, self } = screen;
  const length = trace.length[row];
  const critical = screen.criticalPath().time[row];
  /** @type {import("./fact-list.js").Fact[]} */
  const facts = [["Duration", spanText(formatDuration(length), `${formatShare(length, trace.duration)} of the trace`)]];
  const metrics = all ? operationMetrics(all, trace.serviceOf(row), trace.names[row], trace.kindOf(row)) : null;
  if (metrics) facts.push(["Among others", percentileScale(metrics, length)]);
  facts.push(selfTimeFact(screen, row));
  const gap = longestSelfInterval(trace, row);
  if (gap && gap.to - gap.from > length * GAP_SHARE && !remoteCallOf(trace, row)) {
    facts.push(["Longest gap", gapLink(gap, trace.start[row], hooks)]);
  }
  facts.push([
    "Critical path",
    critical > 0
      ? spanText(formatDuration(critical), `${formatShare(critical, trace.duration)} of the trace`)
      : "not on it",
  ]);
  facts.push(["Starts", startFact(trace.start[row], trace.startedAt(row))]);
  const parent = trace.parent[row];
  if (parent >= 0 && trace.placeholder[parent] === 0) facts.push(["Parent", rowLink(trace, parent, hooks)]);
  const clock = clockFact(trace, row);
  if (clock) facts.push(["Clock", clock]);
  return el(
    "div",
    { class: `section timing ${colorClass(trace.serviceOf(row))}` },
    selfBar(length, self[row]),
    factList(facts),
  );
}

/**
 * What no child covers. Of a call that somebody answered, that is the way there and responseDelay: nobody works on it.
 * @param {TraceScreen} screen
 * @param {number} row
 * @returns {import("./fact-list.js").Fact}
 */
function selfTimeFact({ trace, self }, row) {
  const share = formatShare(self[row], trace.length[row]);
  const called = calledService(trace, row);
  if (called) {
    return [
      "On the way",
      spanText(formatDuration(self[row]), `${share}: network and queues on the way to ${called} and responseDelay`),
    ];
  }
  return [
    "Works itself",
    spanText(
      formatDuration(self[row]),
      trace.children[row] > 0 ? `${share}, the rest waits for children` : "no children",
    ),
  ];
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
 * @param {import("../model/idle-time.js").Interval} gap
 * @param {number} start of the span
 * @param {DetailsHooks} hooks
 */
function gapLink({ from, to }, start, hooks) {
  const button = el("button", { type: "button", class: "link-button", title: "Zoom to it" }, formatDuration(to - from));
  button.addEventListener("click", () => hooks.show(from, to));
  return el(
    "span",
    {},
    button,
    el("span", { class: "muted" }, ` without a child, from +${formatDuration(from - start)}`),
  );
}

/**
 * @param {number} offset
 * @param {bigint} absolute
 */
function startFact(offset, absolute) {
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
 */
function clockFact(trace, row) {
  const moved = trace.adjustmentOf(row);
  if (moved !== 0) return `shown ${formatDuration(Math.abs(moved))} ${moved > 0 ? "later" : "earlier"} than it came`;
  const parent = trace.parent[row];
  if (parent < 0 || trace.placeholder[parent] === 1) return "";
  if (clockSkew(trace, row) !== 0) {
    return trace.start[row] < trace.start[parent]
      ? `starts ${formatDuration(trace.start[parent] - trace.start[row])} before its parent: the clocks differ`
      : "starts after its caller had the answer: the clocks differ";
  }
  return trace.start[row] < trace.start[parent]
    ? `starts ${formatDuration(trace.start[parent] - trace.start[row])} before its parent`
    : "";
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {DetailsHooks} hooks
 */
function rowLink(trace, row, hooks) {
  const button = el(
    "button",
    { type: "button", class: `link-button ${colorClass(trace.serviceOf(row))}` },
    el("span", { class: "dot" }),
    `${trace.serviceOf(row)} ${trace.names[row]}`,
  );
  button.addEventListener("click", () => hooks.goTo(row));
  return button;
}

/**
 * The caller's half above the called one's, on one axis, with the time on the network between.
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {DetailsHooks} hooks
 * @returns {HTMLElement | null} null where the span is no half of a call
 */
export function remoteCallSection({ trace }, row, hooks) {
  const call = remoteCallOf(trace, row);
  if (!call) return null;
  const { client, server, requestDelay, responseDelay } = call;
  const from = Math.min(trace.start[client], trace.start[server]);
  const length = Math.max(trace.endOf(client), trace.endOf(server), from + 1) - from;
  const half = (/** @type {number} */ of) => {
    const bar = el("i");
    bar.style.setProperty("left", `${((trace.start[of] - from) / length) * 100}%`);
    bar.style.setProperty("width", `${Math.max(0.8, (trace.length[of] / length) * 100)}%`);
    const name = `${trace.serviceOf(of)} ${trace.names[of]}`;
    const label = of === row ? el("span", { class: "remote-call-name here" }, name) : rowLink(trace, of, hooks);
    return el(
      "div",
      { class: `remote-call-side ${colorClass(trace.serviceOf(of))}` },
      label,
      el("span", { class: "remote-call-track", "aria-hidden": "true" }, bar),
      el("span", { class: "remote-call-time" }, formatDuration(trace.length[of])),
    );
  };
  const apart = requestDelay < 0 || responseDelay < 0;
  return el(
    "section",
    { class: "section remote-call" },
    el("h3", {}, "One call, two halves"),
    half(client),
    half(server),
    el(
      "p",
      { class: "remote-call-network" },
      el("span", {}, `${formatDuration(requestDelay)} there, ${formatDuration(responseDelay)} responseDelay`),
      el("span", { class: "muted" }, apart ? " by two clocks that differ" : " on the network between"),
    ),
  );
}
