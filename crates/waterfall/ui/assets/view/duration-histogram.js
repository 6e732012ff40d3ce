// Histogram of trace durations beside the scatter plot, on the same scale; a bar filters by its durations.

import { formatCount, formatDuration, plural } from "../model/duration.js";
import { histogram } from "../model/histogram.js";
import { el, fill } from "./dom.js";

/** @typedef {import("../model/histogram.js").Bin} Bin */

const BIN_PX = 7;

export class DurationHistogram {
  /**
   * @param {HTMLElement} element
   * @param {(bin: Bin) => void} choose
   */
  constructor(element, choose) {
    this.element = element;
    this.choose = choose;
    this.list = el("div", { class: "histogram-bars", role: "group", "aria-label": "Traces by duration" });
    this.caption = el("div", { class: "histogram-caption muted", "aria-hidden": "true" });
    element.append(this.list, this.caption);
  }

  /**
   * @param {readonly import("../model/trace-list.js").TraceSummary[]} traces
   * @param {import("../model/scatter.js").DurationScale} scale
   */
  show(traces, scale) {
    const { top, bottom } = scale.plot;
    const bins = histogram(traces, scale, Math.max(4, Math.floor((bottom - top) / BIN_PX)));
    const most = bins.reduce((max, { count }) => Math.max(max, count), 1);
    this.list.style.setProperty("top", `${top}px`);
    this.list.style.setProperty("height", `${bottom - top}px`);
    const focused = [...this.list.children].findIndex((bar) => bar === document.activeElement);
    fill(this.list, ...bins.map((bin) => this.#bar(bin, most)).reverse());
    if (focused >= 0) this.#focusNear(focused);
    this.#showCaption(null);
  }

  /**
   * Keeps the focus where it was when the bars are drawn again.
   * @param {number} place
   */
  #focusNear(place) {
    const bars = [...this.list.children];
    const distance = (/** @type {Element} */ bar) => Math.abs(bars.indexOf(bar) - place);
    const [nearest] = bars.filter((bar) => bar.tagName === "BUTTON").sort((a, b) => distance(a) - distance(b));
    if (nearest instanceof HTMLElement) nearest.focus();
  }

  /**
   * @param {Bin} bin
   * @param {number} most
   */
  #bar(bin, most) {
    const { low, high, count, failed: failures } = bin;
    const label = `${plural(count, "trace")}, ${formatDuration(low)} to ${formatDuration(high)}${
      failures > 0 ? `, ${formatCount(failures)} failed` : ""
    }`;
    if (count === 0) return el("span", { class: "histogram-bin" });
    const all = el("i");
    all.style.setProperty("width", `${Math.max(2, (count / most) * 100)}%`);
    const failed = el("i", { class: "failed" });
    failed.style.setProperty("width", `${(failures / most) * 100}%`);
    const button = el(
      "button",
      { type: "button", class: "histogram-bin", "aria-label": `${label}. Filter by this duration` },
      all,
      failed,
    );
    button.addEventListener("click", () => this.choose(bin));
    for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => this.#showCaption(label));
    for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => this.#showCaption(null));
    return button;
  }

  /** @param {string | null} label */
  #showCaption(label) {
    this.caption.textContent = label ?? "Durations";
  }
}
