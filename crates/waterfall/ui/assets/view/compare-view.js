// This trace beside another: what is longer, what is quicker, what only one of them has.

import { formatAgo } from "../model/clock.js";
import { compareTraces } from "../model/compare.js";
import { formatDuration } from "../model/duration.js";
import { readFeed } from "../model/feed.js";
import { flameOf } from "../model/flame.js";
import { selfTimes } from "../model/self-time.js";
import { readTrace } from "../model/trace.js";
import { getFeed, getTraceSince, NotFound, tracePagePath } from "../net/api.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/compare.js").Comparison} Comparison */
/** @typedef {import("../model/feed.js").TraceSummary} TraceSummary */

const FEED_LIMIT = 200;
const OFFERED = 12;
const INDENT_PX = 14;
const DEEPEST_INDENT = 24;

export class CompareView {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} chosen
   */
  constructor(screen, chosen) {
    this.screen = screen;
    this.chosen = chosen;
    this.element = el("div", { class: "compare-view", tabindex: "0" });
    /**
     * The trace to compare with, once it is there.
     * @type {Trace | null}
     */
    this.other = null;
  }

  show() {
    const { compareWith } = this.screen;
    if (!compareWith) void this.#offer();
    else if (this.other && this.other.id === compareWith.padStart(32, "0")) this.#draw(this.other);
    else void this.#load(compareWith);
  }

  /** Traces to compare with: first those of the same request. */
  async #offer() {
    const { trace } = this.screen;
    const [service, name] = [trace.serviceOf(trace.root), trace.names[trace.root]];
    try {
      const traces = readFeed(await getFeed(FEED_LIMIT)).filter(({ id }) => id !== trace.id);
      const same = traces.filter((summary) => summary.rootService === service && summary.rootName === name);
      const offered = (same.length > 0 ? same : traces).slice(0, OFFERED);
      const what = same.length > 0 ? `Other traces of ${service} ${name}` : "The latest traces";
      fill(
        this.element,
        el(
          "div",
          { class: "compare-offer" },
          el("h2", {}, "Compare with"),
          offered.length > 0 ? el("p", { class: "muted" }, what) : el("p", { class: "muted" }, "There is no other trace yet."),
          el("div", { class: "compare-list" }, ...offered.map((summary) => this.#choice(summary))),
        ),
      );
    } catch {
      fill(this.element, el("p", { class: "muted graph-note" }, "The latest traces could not be loaded."));
    }
  }

  /** @param {TraceSummary} summary */
  #choice(summary) {
    const factor = summary.duration > 0 ? this.screen.trace.duration / summary.duration : 1;
    const button = el(
      "button",
      { type: "button", class: `compare-choice ${colorClass(summary.rootService)}` },
      el("span", { class: "dot" }),
      el("span", { class: "compare-choice-name" }, `${summary.rootService} ${summary.rootName}`),
      summary.errors > 0 ? el("span", { class: "badge error" }, "error") : null,
      el("span", { class: "muted" }, formatAgo(summary.startNano, Date.now())),
      el("span", { class: "compare-choice-time" }, formatDuration(summary.duration)),
      el("span", { class: "muted" }, factor >= 1 ? `this took ${factor.toFixed(1)}×` : `this took ${(factor * 100).toFixed(0)}%`),
    );
    button.addEventListener("click", () => {
      this.screen.compareWith = summary.id;
      this.chosen();
      this.show();
    });
    return button;
  }

  /** @param {string} id */
  async #load(id) {
    fill(this.element, el("p", { class: "muted graph-note" }, "Loading the other trace…"));
    try {
      const answer = await getTraceSince(id, null);
      if (!answer || this.screen.compareWith !== id) return;
      this.other = readTrace(answer.json);
      this.#draw(this.other);
    } catch (error) {
      fill(this.element, el("p", { class: "graph-note" }, error instanceof NotFound ? "The other trace is not here. " : "The other trace could not be loaded. ", this.#again()));
    }
  }

  #again() {
    const again = el("button", { type: "button", class: "link-button" }, "Compare with another");
    again.addEventListener("click", () => {
      this.screen.compareWith = null;
      this.other = null;
      this.chosen();
      this.show();
    });
    return again;
  }

  /** @param {Trace} other */
  #draw(other) {
    const { trace, self } = this.screen;
    const lines = compareTraces({ flame: flameOf(trace, self), services: trace.services }, { flame: flameOf(other, selfTimes(other)), services: other.services });
    const most = lines.reduce((max, { change }) => Math.max(max, Math.abs(change)), 1);
    const head = (/** @type {string} */ label, /** @type {string} */ style, /** @type {Node | null} */ more = null) => el("th", { scope: "col", class: style }, label, more);
    fill(
      this.element,
      el(
        "table",
        { class: "operations comparison" },
        el("caption", { class: "off-screen" }, "This trace beside another"),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            head("Operation", ""),
            head("This trace", "number"),
            el("th", { scope: "col", class: "number" }, el("a", { class: "compare-other", href: tracePagePath(other.id), title: other.id }, `Other trace ${other.id.slice(0, 8)}`)),
            el("th", { scope: "col", class: "change-cell" }, el("span", { class: "change-head" }, el("span", {}, "← quicker"), el("span", {}, "longer →"))),
            el("th", { scope: "col" }, this.#again()),
          ),
        ),
        el("tbody", {}, ...lines.map((line) => comparisonLine(line, most))),
      ),
    );
  }
}

/**
 * @param {Comparison} line
 * @param {number} most
 */
function comparisonLine({ service, name, depth, mine, other, change }, most) {
  const label = el("span", { class: "compare-name" }, el("span", { class: "mark" }), el("span", { class: "table-service" }, service), el("span", {}, name || "(no name)"));
  label.style.setProperty("padding-left", `${Math.min(depth, DEEPEST_INDENT) * INDENT_PX}px`);
  const bar = el("i", { class: change > 0 ? "longer" : "quicker" });
  bar.style.setProperty("width", `${(Math.abs(change) / most) * 50}%`);
  return el(
    "tr",
    { class: `${colorClass(service)}${mine && other ? "" : " one-sided"}` },
    el("td", { class: "operation-cell" }, label),
    el("td", { class: "number" }, figure(mine)),
    el("td", { class: "number" }, figure(other)),
    el("td", { class: "change-cell" }, el("span", { class: "change-track" }, bar)),
    el("td", { class: "change-text" }, changeText(mine, other, change)),
  );
}

/** @param {import("../model/flame.js").Frame | null} frame */
function figure(frame) {
  if (!frame) return el("span", { class: "muted" }, "–");
  return el("span", {}, frame.calls > 1 ? el("span", { class: "muted" }, `${frame.calls}× `) : null, formatDuration(frame.time), frame.errors > 0 ? el("span", { class: "error-mark", title: "Error" }, "!") : null);
}

/**
 * @param {import("../model/flame.js").Frame | null} mine
 * @param {import("../model/flame.js").Frame | null} other
 * @param {number} change
 */
function changeText(mine, other, change) {
  if (!other) return el("span", { class: "badge" }, "only here");
  if (!mine) return el("span", { class: "badge" }, "only there");
  if (change === 0) return el("span", { class: "muted" }, "the same");
  const factor = other.time > 0 ? mine.time / other.time : 1;
  const calls = mine.calls === other.calls ? "" : `, ${mine.calls} instead of ${other.calls} calls`;
  return el("span", {}, `${change >= 0 ? "+" : "−"}${formatDuration(Math.abs(change))}`, el("span", { class: "muted" }, ` ×${factor.toFixed(factor < 10 ? 2 : 0)}${calls}`));
}
