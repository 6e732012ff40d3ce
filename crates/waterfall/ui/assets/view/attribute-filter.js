// Filter over the attributes in the details panel: those of the span, its events and its resource. It stays while one
// goes from span to span.

import { matchesFilter } from "../model/attribute-value.js";
import { formatCount } from "../model/duration.js";
import { attributeOf } from "./attribute-table.js";
import { el } from "./dom.js";

/** Fewer attributes are read at a glance. */
const MIN_ATTRIBUTES = 12;

export class AttributeFilter {
  constructor() {
    this.input = el("input", {
      type: "search",
      placeholder: "Filter attributes",
      "aria-label": "Filter attributes by key or value",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.count = el("span", { class: "muted", role: "status" });
    this.element = el("div", { class: "section attribute-filter" }, this.input, this.count);
    this.root = /** @type {HTMLElement | null} */ (null);
    this.input.addEventListener("input", () => this.#apply());
    this.input.addEventListener("keydown", (event) => {
      // Escape first clears the filter, and closes the panel only then.
      if (event.key !== "Escape" || this.input.value === "") return;
      this.input.value = "";
      this.#apply();
      event.stopPropagation();
      event.preventDefault();
    });
  }

  /** @param {number} attributes of the span */
  isOffered(attributes) {
    return attributes >= MIN_ATTRIBUTES;
  }

  /**
   * Applies the filter to newly drawn attributes.
   * @param {HTMLElement} root
   */
  show(root) {
    this.root = root;
    this.#apply();
  }

  #apply() {
    const { root } = this;
    if (!root) return;
    const text = root.contains(this.element) ? this.input.value : "";
    const isFiltering = text.trim() !== "";
    let matches = 0;
    let all = 0;
    for (const line of root.querySelectorAll(".attribute")) {
      const attribute = attributeOf(line);
      if (!attribute || !(line instanceof HTMLElement)) continue;
      const isMatch = matchesFilter(attribute, text);
      line.hidden = !isMatch;
      all += 1;
      if (isMatch) matches += 1;
    }
    for (const section of root.querySelectorAll(".attribute-section, .fold, .event")) {
      if (!(section instanceof HTMLElement)) continue;
      const hasMatch = section.querySelector(".attribute:not([hidden])") !== null;
      if (section.matches(".attribute-section")) section.hidden = isFiltering && !hasMatch;
      else if (isFiltering && hasMatch && section instanceof HTMLDetailsElement) section.open = true;
    }
    this.count.textContent = isFiltering ? `${formatCount(matches)} of ${formatCount(all)}` : "";
  }
}
