// Completion menu of a query field, as an ARIA combobox. The focus stays in the field; the arrow keys move through the
// options, Enter or Tab accepts one, Escape closes the menu.

import { applyOption, NO_COMPLETION } from "../model/completion.js";
import { el, fill, setAttribute } from "./dom.js";

/** @typedef {import("../model/completion.js").Completion} Completion */

const DEBOUNCE_MILLIS = 60;
const MAX_SHOWN = 50;
/** Menus on a page get distinct element ids. */
let menus = 0;

export class CompletionMenu {
  /**
   * @param {HTMLElement} box container of the field; the menu is attached to it
   * @param {HTMLInputElement} input
   * @param {(query: string, caret: number, signal: AbortSignal) => Promise<Completion>} ask
   * @param {() => void} changed an option was accepted
   */
  constructor(box, input, ask, changed) {
    this.input = input;
    this.ask = ask;
    this.changed = changed;
    this.id = `completion-${++menus}`;
    this.list = el("ul", {
      class: "completion",
      role: "listbox",
      id: this.id,
      "aria-label": "Suggestions",
      // Browsers make a scrolling list a stop of the Tab key, and the menu closes before it could be used.
      tabindex: "-1",
      hidden: true,
    });
    /** @type {Completion} */
    this.shown = NO_COMPLETION;
    /** The option that Enter accepts, or -1. */
    this.active = -1;
    this.timer = 0;
    this.abort = new AbortController();
    for (
      const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], [
        "aria-controls",
        this.id,
      ], ["aria-haspopup", "listbox"]]
    ) input.setAttribute(name, value);
    box.append(this.list);
    input.addEventListener("input", () => this.#requestSoon());
    input.addEventListener("focus", () => this.#requestSoon());
    input.addEventListener("click", () => this.#requestSoon());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.#key(event));
    // Keep the focus in the field.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option) this.#apply([...this.list.children].indexOf(option));
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  close() {
    clearTimeout(this.timer);
    this.abort.abort();
    this.list.hidden = true;
    this.#mark(-1);
    setAttribute(this.input, "aria-expanded", "false");
  }

  #requestSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.#load(), DEBOUNCE_MILLIS);
  }

  async #load() {
    this.abort.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const query = this.input.value;
    const caret = this.input.selectionStart ?? query.length;
    try {
      const found = await this.ask(query, caret, signal);
      if (!signal.aborted && document.activeElement === this.input && this.input.value === query) {
        this.#show(found, query);
      }
    } catch {
      // Completion is optional: ignore errors.
      if (!signal.aborted) this.close();
    }
  }

  /**
   * @param {Completion} found
   * @param {string} query
   */
  #show(found, query) {
    const written = query.slice(found.from, found.to);
    // An option equal to the typed text adds nothing.
    const options = found.options.filter(({ text }) => text !== written).slice(0, MAX_SHOWN);
    if (options.length === 0) {
      this.close();
      return;
    }
    this.shown = { ...found, options };
    fill(
      this.list,
      ...options.map(({ label, detail, kind }, at) =>
        el(
          "li",
          { role: "option", id: `${this.id}-${at}`, "aria-selected": "false", "data-kind": kind },
          el("span", { class: "completion-label" }, label),
          el("span", { class: "completion-detail" }, detail),
        )
      ),
    );
    this.list.hidden = false;
    this.list.scrollTop = 0;
    setAttribute(this.input, "aria-expanded", "true");
    this.#mark(-1);
  }

  /** @param {number} active */
  #mark(active) {
    this.active = active;
    for (const [at, option] of [...this.list.children].entries()) {
      setAttribute(option, "aria-selected", String(at === active));
    }
    setAttribute(this.input, "aria-activedescendant", active < 0 ? null : `${this.id}-${active}`);
    this.list.children[active]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "Home" || event.key === "End") {
      this.#requestSoon();
      return;
    }
    if (!this.isOpen) {
      // What was asked for would open over the results of the query that Enter submits.
      if (event.key === "Enter") this.close();
      if (event.key !== " " || !event.ctrlKey) return;
      this.#requestSoon();
    } else if (event.key === "ArrowDown") this.#mark((this.active + 1) % this.shown.options.length);
    else if (event.key === "ArrowUp") this.#mark((this.active <= 0 ? this.shown.options.length : this.active) - 1);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) this.#apply(this.active);
    else {
      // Without a selected option Enter submits the query as typed, and Tab leaves the field.
      if (event.key === "Enter" || event.key === "Tab") this.close();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** @param {number} at */
  #apply(at) {
    const option = this.shown.options[at];
    if (!option) return;
    const { query, caret } = applyOption(this.input.value, this.shown, option);
    this.close();
    this.input.value = query;
    this.input.setSelectionRange(caret, caret);
    this.changed();
    this.#requestSoon();
  }
}
