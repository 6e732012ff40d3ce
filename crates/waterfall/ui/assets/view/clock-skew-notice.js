// Notice about clock skew between services, with a button that adjusts the displayed times.

import { skewedServices } from "../model/clock-skew.js";
import { formatDuration } from "../model/duration.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const MAX_NAMED = 3;

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(corrected: boolean) => void} correct
 */
export function showClockSkewNotice(element, { received, corrected }, correct) {
  const skewed = skewedServices(received);
  if (skewed.size === 0) {
    if (element.firstChild) fill(element);
    return;
  }
  const named = [...skewed].slice(0, MAX_NAMED).map(([service, by]) =>
    `${received.services[service] ?? ""} ${formatDuration(Math.abs(by))} ${by > 0 ? "behind" : "ahead"}`
  );
  const skews = named.join(", ") + (skewed.size > named.length ? ` and ${skewed.size - named.length} more` : "");
  const button = el("button", {
    type: "button",
    class: "link-button",
    "aria-pressed": String(corrected),
    title: corrected ? "Show the times as reported (a)" : "Adjust the times for clock skew (a)",
  }, corrected ? "Show as reported" : "Adjust");
  button.addEventListener("click", () => correct(!corrected));
  fill(
    element,
    el(
      "div",
      { class: "notice" },
      icon("clock"),
      el(
        "span",
        {},
        el("strong", {}, `Clock skew: ${skews}. `),
        corrected
          ? "Adjusted: each server span is centered in its client span. An estimate; the stored trace is unchanged."
          : "Some server spans start before their client span, or after it has ended. Times are shown as reported.",
      ),
      button,
    ),
  );
}
