// Search box of a trace: query, number of matches, and navigation between them.

import { formatCount, plural } from "../model/duration.js";
import { completeFind } from "../model/find-completion.js";
import { CompletionMenu } from "./completion-menu.js";
import { el, setText } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @typedef {object} FindHooks
 * @property {(text: string) => void} search
 * @property {(direction: 1 | -1) => void} next
 * @property {(only: boolean) => void} only
 * @property {() => void} leave
 */

export class FindBox {
  /**
   * @param {HTMLElement} element
   * @param {TraceScreen} screen
   * @param {FindHooks} hooks
   */
  constructor(element, screen, hooks) {
    this.screen = screen;
    this.input = el("input", {
      type: "text",
      enterkeyhint: "search",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Find spans: duration>5ms",
      "aria-label": "Find spans",
    });
    this.count = el("span", { class: "find-count", role: "status" });
    const previous = el("button", {
      type: "button",
      class: "button icon-only",
      title: "Previous match (N)",
      "aria-label": "Previous match",
    }, icon("up"));
    const next = el("button", {
      type: "button",
      class: "button icon-only",
      title: "Next match (n)",
      "aria-label": "Next match",
    }, icon("down"));
    this.only = el("button", {
      type: "button",
      class: "button quiet",
      "aria-pressed": "false",
      title: "Show only matching spans and their ancestors",
    }, "Matches only");
    this.tools = el("span", { class: "find-tools idle" }, this.count, previous, next, this.only);
    const box = el(
      "div",
      { class: "search-box" },
      el("span", { class: "search-icon" }, icon("search")),
      this.input,
      el("kbd", {}, "/"),
    );
    element.append(box, this.tools);
    // Registered before the field's key handler: the menu handles keys first.
    new CompletionMenu(
      box,
      this.input,
      async (query, caret) => completeFind(query, caret, screen),
      () => hooks.search(this.input.value),
    );
    this.input.addEventListener("input", () => hooks.search(this.input.value));
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") hooks.next(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") {
        if (this.input.value === "") hooks.leave();
        else {
          this.input.value = "";
          hooks.search("");
        }
      } else if (event.key === "ArrowDown") hooks.leave();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    previous.addEventListener("click", () => hooks.next(-1));
    next.addEventListener("click", () => hooks.next(1));
    this.only.addEventListener("click", () => hooks.only(this.only.getAttribute("aria-pressed") !== "true"));
  }

  show() {
    const { search, selected } = this.screen;
    if (document.activeElement !== this.input && this.input.value !== search.text) this.input.value = search.text;
    const compares = this.screen.view === "compare";
    this.input.disabled = compares;
    this.input.placeholder = compares ? "Find is not available in Compare" : "Find spans: duration>5ms";
    const searching = search.awaits.length > 0;
    const idle = compares || (search.found === null && search.problem === null && !searching);
    this.tools.classList.toggle("idle", idle);
    // Only the waterfall hides rows; the other views dim what does not match.
    this.only.classList.toggle("idle", this.screen.view !== "waterfall");
    const place = search.placeOf(selected);
    const count = search.count === 0
      ? "no matches"
      : place > 0
      ? `${formatCount(place)} of ${formatCount(search.count)}`
      : plural(search.count, "match", "matches");
    const state = search.failure === null ? "searching attributes…" : `attributes not searched: ${search.failure}`;
    const soFar = search.count > 0 ? `${count}; ${state}` : state;
    setText(this.count, search.problem ?? (searching ? soFar : count));
    const nothing = searching ? search.failure !== null : search.count === 0;
    this.count.classList.toggle("none", search.problem !== null || nothing);
    this.only.setAttribute("aria-pressed", String(search.only));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }
}
