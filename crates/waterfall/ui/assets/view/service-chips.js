// The trace's services as toggle buttons: spans of the pressed ones are highlighted, all others dimmed.

import { formatCount, plural } from "../model/duration.js";
import { el, fill, setAttribute } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(service: string) => void} focus
 */
export function showServiceChips(element, screen, focus) {
  const { trace } = screen;
  const spans = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.placeholder[row] === 0) spans.set(trace.service[row], (spans.get(trace.service[row]) ?? 0) + 1);
  }
  fill(
    element,
    ...trace.services.map((service, index) => {
      const chip = el(
        "button",
        {
          type: "button",
          class: `chip ${colorClass(service)}`,
          "data-service": service,
          title: `${service}: ${plural(spans.get(index) ?? 0, "span")}. Click to highlight`,
        },
        el("span", { class: "chip-name" }, service),
        el("span", { class: "chip-count" }, formatCount(spans.get(index) ?? 0)),
      );
      chip.addEventListener("click", () => focus(service));
      return chip;
    }),
  );
}

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 */
export function updateServiceChips(element, { focus }) {
  for (const chip of element.children) {
    setAttribute(chip, "aria-pressed", String(chip instanceof HTMLElement && focus.has(chip.dataset.service ?? "")));
  }
  element.classList.toggle("focused", focus.size > 0);
}
