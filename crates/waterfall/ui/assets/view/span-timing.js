// When a span was, how much of it was its own work, how that compares; and both halves of a call as one.

import { clockSkew } from "../model/clock-skew.js";
import { formatLocal, formatUtc } from "../model/clock.js";
import { formatDuration, formatShare } from "../model/duration.js";
import { calledService, hopOf } from "../model/hop.js";
import { longestOwnStretch } from "../model/idle.js";
import { figuresOf } from "../model/standing.js";
import { el } from "./dom.js";
import { factList, spanText } from "./fact-list.js";
import { colorClass } from "./service-color.js";
import { standingScale } from "./standing-scale.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("./details-panel.js").DetailsHooks} DetailsHooks */

/** A gap that is a smaller share of its span says nothing. */
const GAP_SHARE = 0.1;

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {import("../model/figures.js").Figures | null} all
 * @param {DetailsHooks} hooks
 */
export function timing(screen, row, all, hooks) {
  const { trace, self } = screen;
  const length = trace.length[row];
  const critical = screen.criticalPath().time[row];
  /** @type {import("./fact-list.js").Fact[]} */
  const facts = [["Duration", spanText(formatDuration(length), `${formatShare(length, trace.duration)} of the trace`)]];
  const figures = all ? figuresOf(all, trace.serviceOf(row), trace.names[row], trace.kindOf(row)) : null;
  if (figures) facts.push(["Among others", standingScale(figures, length)]);
  facts.push(ownTime(screen, row));
  const gap = longestOwnStretch(trace, row);
  if (gap && gap.to - gap.from > length * GAP_SHARE && !hopOf(trace, row)) {
    facts.push(["Longest gap", gapText(gap, trace.start[row], hooks)]);
  }
  facts.push([
    "Critical path",
    critical > 0
      ? spanText(formatDuration(critical), `${formatShare(critical, trace.duration)} of the trace`)
      : "not on it",
  ]);
  facts.push(["Starts", startText(trace.start[row], trace.startedAt(row))]);
  const parent = trace.parent[row];
  if (parent >= 0 && trace.gap[parent] === 0) facts.push(["Parent", rowLink(trace, parent, hooks)]);
  const clock = clockText(trace, row);
  if (clock) facts.push(["Clock", clock]);
  return el(
    "div",
    { class: `section timing ${colorClass(trace.serviceOf(row))}` },
    selfBar(length, self[row]),
    factList(facts),
  );
}

/**
 * What no child covers. Of a call that somebody answered, that is the way there and back: nobody works on it.
 * @param {TraceScreen} screen
 * @param {number} row
 * @returns {import("./fact-list.js").Fact}
 */
function ownTime({ trace, self }, row) {
  const share = formatShare(self[row], trace.length[row]);
  const called = calledService(trace, row);
  if (called) {
    return [
      "On the way",
      spanText(formatDuration(self[row]), `${share}: network and queues on the way to ${called} and back`),
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
 * @param {import("../model/idle.js").Stretch} gap
 * @param {number} start of the span
 * @param {DetailsHooks} hooks
 */
function gapText({ from, to }, start, hooks) {
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
 */
function clockText(trace, row) {
  const moved = trace.movedBy(row);
  if (moved !== 0) return `shown ${formatDuration(Math.abs(moved))} ${moved > 0 ? "later" : "earlier"} than it came`;
  const parent = trace.parent[row];
  if (parent < 0 || trace.gap[parent] === 1) return "";
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
export function hopSection({ trace }, row, hooks) {
  const hop = hopOf(trace, row);
  if (!hop) return null;
  const { client, server, out, back } = hop;
  const from = Math.min(trace.start[client], trace.start[server]);
  const length = Math.max(trace.endOf(client), trace.endOf(server), from + 1) - from;
  const half = (/** @type {number} */ of) => {
    const bar = el("i");
    bar.style.setProperty("left", `${((trace.start[of] - from) / length) * 100}%`);
    bar.style.setProperty("width", `${Math.max(0.8, (trace.length[of] / length) * 100)}%`);
    const name = `${trace.serviceOf(of)} ${trace.names[of]}`;
    const label = of === row ? el("span", { class: "hop-name here" }, name) : rowLink(trace, of, hooks);
    return el(
      "div",
      { class: `hop-half ${colorClass(trace.serviceOf(of))}` },
      label,
      el("span", { class: "hop-track", "aria-hidden": "true" }, bar),
      el("span", { class: "hop-time" }, formatDuration(trace.length[of])),
    );
  };
  const apart = out < 0 || back < 0;
  return el(
    "section",
    { class: "section hop" },
    el("h3", {}, "One call, two halves"),
    half(client),
    half(server),
    el(
      "p",
      { class: "hop-network" },
      el("span", {}, `${formatDuration(out)} there, ${formatDuration(back)} back`),
      el("span", { class: "muted" }, apart ? " by two clocks that differ" : " on the network between"),
    ),
  );
}
