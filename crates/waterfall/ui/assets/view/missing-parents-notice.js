// Notice about missing parents.

import { plural } from "../model/duration.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** Further ones are counted, not named. */
const MAX_NAMED = 2;

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
export function showMissingParents(element, { trace }, goTo) {
  const missing = trace.missing.length || trace.placeholders;
  if (missing === 0) {
    if (element.firstChild) fill(element);
    return;
  }
  const first = trace.placeholder.indexOf(1);
  const show = el("button", { type: "button", class: "link-button" }, "Show");
  show.addEventListener("click", () => goTo(first));
  fill(
    element,
    el(
      "div",
      { class: "notice" },
      icon("warn"),
      el(
        "span",
        {},
        el(
          "strong",
          {},
          `${plural(missing, "missing parent")}${first >= 0 ? `, above ${childrenOfMissingParents(trace)}` : ""}. `,
        ),
        "No span of the trace has the id that is named as parent. It appears here if it arrives.",
      ),
      first >= 0 ? show : null,
    ),
  );
}

/**
 * The first child of each missing parent.
 * @param {import("../model/trace.js").Trace} trace
 */
function childrenOfMissingParents(trace) {
  const names = [];
  for (let row = 0; row < trace.count && names.length < MAX_NAMED; row += 1) {
    if (trace.placeholder[row] === 1) names.push(`${trace.serviceOf(row + 1)} ${trace.names[row + 1] ?? ""}`);
  }
  return names.join(", ") + (trace.placeholders > names.length ? " and others" : "");
}
