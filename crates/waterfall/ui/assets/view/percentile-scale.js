// Scale with the percentiles of an operation and the position of one span.

import { formatDuration, plural } from "../model/duration.js";
import { percentilePosition, percentileText } from "../model/percentile.js";
import { el } from "./dom.js";

/** @typedef {import("../model/metrics.js").OperationMetrics} OperationMetrics */

/**
 * @param {OperationMetrics} metrics
 * @param {number} duration
 * @returns {HTMLElement}
 */
export function percentileScale(metrics, duration) {
  const marks = /** @type {const} */ ([["p50", metrics.p50], ["p95", metrics.p95], ["p99", metrics.p99]]);
  const here = el("i", { class: "here" });
  here.style.setProperty("left", `${percentilePosition(metrics, duration) * 100}%`);
  const usual = el("i", { class: "usual" });
  usual.style.setProperty("width", `${percentilePosition(metrics, metrics.p95) * 100}%`);
  const ticks = marks.map(([, value]) => {
    const tick = el("i", { class: "tick-mark" });
    tick.style.setProperty("left", `${percentilePosition(metrics, value) * 100}%`);
    return tick;
  });
  return el(
    "div",
    { class: "percentile" },
    el(
      "span",
      {},
      percentileText(metrics, duration),
      el("span", { class: "muted" }, ` of ${plural(metrics.spans, "span")} of this operation`),
    ),
    el("div", { class: "percentile-scale", "aria-hidden": "true" }, usual, ...ticks, here),
    el(
      "span",
      { class: "percentile-values muted" },
      ...marks.map(([label, value]) => el("span", {}, `${label} ${formatDuration(value)}`)),
      el("span", {}, `max ${formatDuration(metrics.max)}`),
    ),
  );
}
