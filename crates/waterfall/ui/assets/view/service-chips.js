// The trace's services as toggle buttons: spans of the pressed ones are highlighted, all others dimmed. Services beyond
// the first line are a count that opens.

import { formatCount, plural } from "../model/duration.js";
import { shortNames } from "../model/short-names.js";
import { el, fill, setAttribute } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** The element whose chips are measured when its width changes. */
const observed = new WeakSet();

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(service: string) => void} focus
 */
export function showServiceChips(element, screen, focus) {
  const { trace } = screen;
  const short = shortNames(trace);
  const spans = new Map();
  for (let row = 0; row < trace.count; row += 1) {
    if (trace.placeholder[row] === 0) spans.set(trace.service[row], (spans.get(trace.service[row]) ?? 0) + 1);
  }
  const chips = trace.services.map((service, index) => {
    const chip = el(
      "button",
      {
        type: "button",
        class: `chip ${colorClass(service)}`,
        "data-service": service,
        title: `${service}: ${plural(spans.get(index) ?? 0, "span")}. Click to highlight`,
      },
      el("span", { class: "chip-name" }, short.service(service)),
      el("span", { class: "chip-count" }, formatCount(spans.get(index) ?? 0)),
    );
    chip.addEventListener("click", () => focus(service));
    return chip;
  });
  const more = el("button", { type: "button", class: "button quiet more-services", hidden: true });
  more.addEventListener("click", () => {
    element.classList.toggle("all");
    fold(element);
  });
  fill(element, el("div", { class: "chip-lines" }, ...chips), more);
  if (!observed.has(element)) {
    observed.add(element);
    new ResizeObserver(() => fold(element)).observe(element);
  }
}

/**
 * Hides the chips beyond the first line from the keyboard, too, and counts them.
 * @param {HTMLElement} element
 */
function fold(element) {
  const [lines, more] = element.children;
  if (!(lines instanceof HTMLElement) || !(more instanceof HTMLElement)) return;
  const chips = /** @type {HTMLElement[]} */ ([...lines.children]);
  lines.style.removeProperty("max-width");
  const top = chips[0]?.offsetTop ?? 0;
  const isBeyond = chips.map((chip) => chip.offsetTop > top);
  const beyond = isBeyond.filter(Boolean).length;
  const isOpen = element.classList.contains("all");
  chips.forEach((chip, at) => chip.classList.toggle("beyond", isBeyond[at] && !isOpen));
  more.hidden = beyond === 0;
  // The count stands beside the last chip in sight.
  const right = chips.reduce(
    (most, chip, at) => isBeyond[at] && !isOpen ? most : Math.max(most, chip.offsetLeft + chip.offsetWidth),
    0,
  );
  if (beyond > 0) lines.style.setProperty("max-width", `${right + 2}px`);
  more.textContent = isOpen ? "Fewer" : `+${formatCount(beyond)}`;
  more.title = isOpen ? "Show one line of services" : `Show ${plural(beyond, "more service")}`;
  setAttribute(more, "aria-expanded", String(isOpen));
}

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 */
export function updateServiceChips(element, { focus }) {
  for (const chip of element.querySelectorAll(".chip")) {
    setAttribute(chip, "aria-pressed", String(chip instanceof HTMLElement && focus.has(chip.dataset.service ?? "")));
  }
  element.classList.toggle("focused", focus.size > 0);
}
