// Notice about clock skew between services, with a button that adjusts the displayed times.

import { skewSummary } from "../model/clock-skew.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(corrected: boolean) => void} correct
 */
export function showClockSkewNotice(element, { trace }, correct) {
  const { clocks, corrected } = trace;
  if (clocks.length === 0) {
    if (element.firstChild) fill(element);
    return;
  }
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
        el("strong", {}, `${skewSummary(clocks)}. `),
        corrected
          ? "Bars and start times are adjusted to the root span's clock, an estimate. The stored trace is unchanged."
          : "Bars and start times are as reported; self time, critical path and percentages are adjusted for skew.",
      ),
      button,
    ),
  );
}
