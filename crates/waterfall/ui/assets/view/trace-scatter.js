// Scatter plot of trace durations over time; a dot links to its trace. Slow and failed traces stand out.

import { formatDuration, formatTick } from "../model/duration.js";
import { BREAK_PX } from "../model/broken-time.js";
import { durationTicks, placeDots, timeRange } from "../model/scatter.js";
import { errorsText } from "../model/error-outcome.js";
import { hasFailed } from "../model/trace-list.js";
import { tracePagePath } from "../net/api.js";
import { el, fill, svg } from "./dom.js";
import { colorClassesOf } from "./service-color.js";
import { rangeTexts, startedText } from "./started-text.js";
import { formatDay, zoneLabel } from "./time-zone.js";

/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */

const HEIGHT_PX = 132;
const LEFT_PX = 60;
const RIGHT_PX = 14;
const TOP_PX = 12;
const BOTTOM_PX = 22;
/** Room for two times with their dates. */
const TWO_TIMES_PX = 290;

export class TraceScatter {
  /**
   * @param {HTMLElement} element
   * @param {import("./duration-histogram.js").DurationHistogram} histogram on the same scale
   */
  constructor(element, histogram) {
    this.histogram = histogram;
    this.element = element;
    this.tip = el("div", { class: "scatter-tip", hidden: true });
    this.picture = svg("svg", {
      class: "scatter-picture",
      role: "img",
      "aria-label": "Trace durations over time",
    });
    element.append(this.picture, this.tip);
    this.key = "";
  }

  /** @param {TraceSummary[]} traces */
  show(traces) {
    const width = this.element.clientWidth;
    const today = formatDay(BigInt(Date.now()) * 1_000_000n);
    const key = `${width} ${zoneLabel()} ${today} ${
      traces.map((trace) => `${trace.id}${trace.duration}${errorsText(trace)}`).join()
    }`;
    if (key === this.key) return;
    this.key = key;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT_PX}`);
    this.picture.setAttribute("width", String(width));
    this.picture.setAttribute("height", String(HEIGHT_PX));
    const plot = { left: LEFT_PX, right: width - RIGHT_PX, top: TOP_PX, bottom: HEIGHT_PX - BOTTOM_PX };
    const { dots, scale, breaks } = placeDots(traces, plot);
    this.histogram.show(traces, scale);
    fill(
      this.picture,
      ...this.#axis(scale, plot),
      ...breaks.flatMap((cut) => breakMark(cut, plot)),
      ...this.#times(traces, plot),
      ...dots.map((dot) => this.#dot(dot)),
    );
  }

  /**
   * @param {import("../model/scatter.js").DurationScale} scale
   * @param {import("../model/scatter.js").Plot} plot
   */
  #axis(scale, plot) {
    return durationTicks(scale).flatMap(({ value, y }) => [
      svg("path", { class: "scatter-line", d: `M${plot.left} ${Math.round(y) + 0.5}H${plot.right}` }),
      text(plot.left - 8, y + 4, "end", formatTick(value, value)),
    ]);
  }

  /**
   * The first and the last start.
   * @param {TraceSummary[]} traces
   * @param {import("../model/scatter.js").Plot} plot
   */
  #times(traces, plot) {
    const range = timeRange(traces);
    if (!range || range.first === range.last) return [];
    const [first, last] = rangeTexts(range, Date.now(), plot.right - plot.left < TWO_TIMES_PX);
    return [
      text(plot.left, HEIGHT_PX - 5, "start", first),
      text(plot.right, HEIGHT_PX - 5, "end", last),
    ];
  }

  /** @param {import("../model/scatter.js").Dot} dot */
  #dot({ trace, x, y, radius }) {
    const failed = hasFailed(trace);
    const mark = failed
      ? svg("path", {
        class: "dot-mark failed",
        d: `M${x} ${y - radius - 1}L${x + radius + 1} ${y}L${x} ${y + radius + 1}L${x - radius - 1} ${y}Z`,
      })
      : svg("circle", {
        class: `dot-mark ${colorClassesOf(trace)(trace.rootService)}`,
        cx: String(x),
        cy: String(y),
        r: String(radius),
      });
    // Hidden from assistive technology and the tab order: the list below has the same links.
    const link = svg(
      "a",
      { href: tracePagePath(trace.id), tabindex: "-1", "aria-hidden": "true" },
      svg("circle", { class: "dot-target", cx: String(x), cy: String(y), r: "9" }),
      mark,
    );
    link.addEventListener("pointerenter", () => this.#showTip(trace, x, y));
    link.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
    });
    return link;
  }

  /**
   * @param {TraceSummary} trace
   * @param {number} x
   * @param {number} y
   */
  #showTip(trace, x, y) {
    fill(
      this.tip,
      el(
        "div",
        { class: `scatter-tip-name ${colorClassesOf(trace)(trace.rootService)}` },
        el("span", { class: "dot" }),
        `${trace.rootService} ${trace.rootName}`,
      ),
      el(
        "div",
        { class: "muted" },
        `${formatDuration(trace.duration)} · ${startedText(trace.startNano, Date.now())}${
          trace.errors > 0 ? ` · ${errorsText(trace)}` : ""
        }`,
      ),
    );
    this.tip.hidden = false;
    const room = this.element.clientWidth - this.tip.offsetWidth - 8;
    this.tip.style.setProperty(
      "transform",
      `translate(${Math.round(Math.min(Math.max(8, x + 12), room))}px, ${Math.round(Math.max(0, y - 44))}px)`,
    );
  }
}

/**
 * The mark of a stretch without traces that is cut out of the axis, with its length.
 * @param {{ x: number, length: number }} cut
 * @param {import("../model/scatter.js").Plot} plot
 */
function breakMark({ x, length }, plot) {
  const title = svg("title");
  title.textContent = `${formatDuration(length)} without traces are cut out`;
  const band = svg("rect", {
    class: "scatter-break",
    x: String(x),
    y: String(plot.top - 6),
    width: String(BREAK_PX),
    height: String(plot.bottom - plot.top + 10),
  }, title);
  // Upright beside the band's middle: it never meets the times below.
  const label = text(0, 0, "middle", formatDuration(length));
  label.setAttribute("transform", `translate(${x + BREAK_PX / 2 + 4} ${(plot.top + plot.bottom) / 2}) rotate(-90)`);
  return [band, label];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} anchor
 * @param {string} content
 */
function text(x, y, anchor, content) {
  const element = svg("text", { class: "scatter-text", x: String(x), y: String(y), "text-anchor": anchor });
  element.textContent = content;
  return element;
}
