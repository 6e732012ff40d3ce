// A span's duration among its operation's: a small scale with the percentiles and the span on it.

import { formatDuration, plural } from "../model/duration.js";
import { standing, standingPlace } from "../model/standing.js";
import { el } from "./dom.js";

/** @typedef {import("../model/figures.js").OperationFigures} OperationFigures */

/**
 * @param {OperationFigures} figures
 * @param {number} duration
 * @returns {HTMLElement}
 */
export function standingScale(figures, duration) {
  const marks = /** @type {const} */ ([["p50", figures.p50], ["p95", figures.p95], ["p99", figures.p99]]);
  const here = el("i", { class: "here" });
  here.style.setProperty("left", `${standingPlace(figures, duration) * 100}%`);
  const usual = el("i", { class: "usual" });
  usual.style.setProperty("width", `${standingPlace(figures, figures.p95) * 100}%`);
  const ticks = marks.map(([, value]) => {
    const tick = el("i", { class: "tick-mark" });
    tick.style.setProperty("left", `${standingPlace(figures, value) * 100}%`);
    return tick;
  });
  return el(
    "div",
    { class: "standing" },
    el(
      "span",
      {},
      standing(figures, duration),
      el("span", { class: "muted" }, ` of ${plural(figures.spans, "span")} of this operation`),
    ),
    el("div", { class: "standing-scale", "aria-hidden": "true" }, usual, ...ticks, here),
    el(
      "span",
      { class: "standing-figures muted" },
      ...marks.map(([label, value]) => el("span", {}, `${label} ${formatDuration(value)}`)),
      el("span", {}, `max ${formatDuration(figures.max)}`),
    ),
  );
}
