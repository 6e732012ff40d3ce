// Says that the clocks of services differ, by how much, and offers to move their spans to where they must have been.

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
    title: corrected ? "Show the times as they came (a)" : "Move the spans to where they must have been (a)",
  }, corrected ? "As it came" : "Correct");
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
        el("strong", {}, `The clocks differ: ${skews}. `),
        corrected
          ? "Corrected here: each answer is in the middle of its call. That is a guess; what is stored is as it came."
          : "Spans seem to begin before they were asked for, or after their answer had arrived. They are shown as they came.",
      ),
      button,
    ),
  );
}
