// Notice about clock skew between services, with a button that adjusts the displayed times.

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
export function showClockSkewNotice(element, { trace }, correct) {
  const { clocks, corrected } = trace;
  if (clocks.length === 0) {
    if (element.firstChild) fill(element);
    return;
  }
  const named = clocks.slice(0, MAX_NAMED).map(clockText);
  const skews = named.join(", ") + (clocks.length > named.length ? ` and ${clocks.length - named.length} more` : "");
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
          ? "Bars and start times are adjusted to the root span's clock, an estimate. The stored trace is unchanged."
          : "Bars and start times are as reported; self time, critical path and percentages are adjusted for skew.",
      ),
      button,
    ),
  );
}

/**
 * @param {import("../model/trace.js").Clock} clock
 * @returns {string} such as "stock 2.30 s ahead (±1.5 ms)"
 */
function clockText({ services, ahead, uncertainty }) {
  const difference = `${formatDuration(Math.abs(ahead))} ${ahead > 0 ? "ahead" : "behind"}`;
  return `${services.join(" and ")} ${difference} (±${formatDuration(uncertainty)})`;
}
