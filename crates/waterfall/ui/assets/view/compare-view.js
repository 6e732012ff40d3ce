// Compares the trace with another: which operations are slower, faster, or only in one of them.

import { compareTraces } from "../model/compare.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { shortId } from "../model/short-id.js";
import { flameOf } from "../model/flame.js";
import { readTrace } from "../model/read-trace.js";
import { shortCall, ShortNames } from "../model/short-names.js";
import { getTraceIfModified, NotFound, tracePagePath } from "../net/api.js";
import { showTracePicker } from "./trace-picker.js";
import { el, fill } from "./dom.js";
import { errorsMark } from "./error-mark.js";
import { colorClass, colorClassesOfNames } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/compare.js").Comparison} Comparison */

const INDENT_PX = 14;
const MAX_INDENT_LEVELS = 24;

export class CompareView {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} chosen
   */
  constructor(screen, chosen) {
    this.screen = screen;
    this.chosen = chosen;
    this.element = el("div", { class: "compare-view", tabindex: "0", role: "region", "aria-label": "Compare" });
    /**
     * The trace to compare with, once loaded.
     * @type {Trace | null}
     */
    this.other = null;
  }

  show() {
    const { compareWith } = this.screen;
    if (!compareWith) void showTracePicker(this.element, this.screen.trace, (id) => this.#choose(id));
    else if (this.other && this.other.id === compareWith.padStart(32, "0")) this.#draw(this.other);
    else void this.#load(compareWith);
  }

  /** @param {string} id */
  #choose(id) {
    this.screen.compareWith = id;
    this.chosen();
    this.show();
  }

  /** @param {string} id */
  async #load(id) {
    fill(this.element, el("p", { class: "muted graph-note" }, "Loading the other trace…"));
    try {
      const answer = await getTraceIfModified(id, null);
      if (!answer || this.screen.compareWith !== id) return;
      this.other = readTrace(answer.json);
      this.#draw(this.other);
    } catch (error) {
      fill(
        this.element,
        el(
          "p",
          { class: "graph-note" },
          error instanceof NotFound ? "The other trace was not found. " : "The other trace could not be loaded. ",
          this.#chooseAnother(),
        ),
      );
    }
  }

  #chooseAnother() {
    const button = el("button", { type: "button", class: "link-button" }, "Choose another trace");
    button.addEventListener("click", () => {
      this.screen.compareWith = null;
      this.other = null;
      this.chosen();
      this.show();
    });
    return button;
  }

  /** @param {Trace} other */
  #draw(other) {
    const { trace, self } = this.screen;
    // A service of the other trace alone has the colour that it has on that trace's page.
    const otherColor = colorClassesOfNames(other.services);
    const colorOf = (/** @type {string} */ service) =>
      trace.services.includes(service) ? colorClass(service) : otherColor(service);
    const short = new ShortNames([...trace.names, ...other.names], [...trace.services, ...other.services]);
    const lines = compareTraces({ flame: flameOf(trace, self), services: trace.services }, {
      flame: flameOf(other, other.self),
      services: other.services,
    });
    const most = lines.reduce((max, { change }) => Math.max(max, Math.abs(change)), 1);
    const head = (/** @type {string} */ label, /** @type {string} */ style, /** @type {Node | null} */ more = null) =>
      el("th", { scope: "col", class: style }, label, more);
    fill(
      this.element,
      el(
        "table",
        { class: "operations comparison stacking sortable" },
        el("caption", { class: "off-screen" }, "Comparison of two traces"),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            head("Operation", ""),
            head("This trace", "number", sumNote()),
            el(
              "th",
              { scope: "col", class: "number" },
              el(
                "a",
                { class: "compare-other", href: tracePagePath(other.id), title: other.id },
                `Other trace ${shortId(other.id)}`,
              ),
              sumNote(),
            ),
            el(
              "th",
              { scope: "col", class: "change-cell" },
              el("span", { class: "change-head" }, el("span", {}, "← faster"), el("span", {}, "slower →")),
            ),
            el("th", { scope: "col" }, this.#chooseAnother()),
          ),
        ),
        el("tbody", {}, ...lines.map((line) => comparisonLine(line, most, short, colorOf))),
      ),
    );
  }
}

/** What the numbers of a column add up. */
function sumNote() {
  return el("span", { class: "column-note" }, "sum of durations");
}

/**
 * @param {Comparison} line
 * @param {number} most
 * @param {ShortNames} short
 * @param {(service: string) => string} colorOf
 */
function comparisonLine({ service, name, depth, mine, other, change }, most, short, colorOf) {
  const frame = mine ?? other;
  const label = el(
    "span",
    { class: "compare-name", title: `${service}\n${name}` },
    el("span", { class: "mark" }),
    el("span", { class: "table-service" }, short.service(service)),
    el("span", {}, frame ? shortCall(frame, short) : ""),
  );
  label.style.setProperty("padding-left", `${Math.min(depth, MAX_INDENT_LEVELS) * INDENT_PX}px`);
  const bar = el("i", { class: change > 0 ? "slower" : "faster" });
  bar.style.setProperty("width", `${(Math.abs(change) / most) * 50}%`);
  return el(
    "tr",
    { class: `${colorOf(service)}${mine && other ? "" : " one-sided"}` },
    el("td", { class: "operation-cell stack-head" }, label),
    el("td", { class: "number", "data-head": "This trace" }, durationText(mine)),
    el("td", { class: "number", "data-head": "Other trace" }, durationText(other)),
    el("td", { class: "change-cell" }, el("span", { class: "change-track" }, bar)),
    el("td", { class: "change-text" }, changeText(mine, other, change)),
  );
}

/** @param {import("../model/flame.js").Frame | null} frame */
function durationText(frame) {
  if (!frame) return el("span", { class: "muted" }, "–");
  return el(
    "span",
    {},
    frame.calls > 1 ? el("span", { class: "muted" }, `${frame.calls}× `) : null,
    formatDuration(frame.time),
    frame.errors > 0 ? errorsMark(frame) : null,
  );
}

/**
 * @param {import("../model/flame.js").Frame | null} mine
 * @param {import("../model/flame.js").Frame | null} other
 * @param {number} change
 */
function changeText(mine, other, change) {
  if (!other) return el("span", { class: "badge" }, "only in this trace");
  if (!mine) return el("span", { class: "badge" }, "only in the other");
  if (change === 0) return el("span", { class: "muted" }, "no change");
  const factor = other.time > 0 ? mine.time / other.time : 1;
  const calls = mine.calls === other.calls
    ? ""
    : `, ${plural(mine.calls, "call")} instead of ${formatCount(other.calls)}`;
  return el(
    "span",
    {},
    `${change >= 0 ? "+" : "−"}${formatDuration(Math.abs(change))}`,
    el("span", { class: "muted" }, ` ×${factor.toFixed(factor < 10 ? 2 : 0)}${calls}`),
  );
}
