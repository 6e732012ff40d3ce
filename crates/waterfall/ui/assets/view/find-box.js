// The search inside a trace: what is sought, how many spans it finds, and the way from one to the next.

import { formatCount } from "../model/duration.js";
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
   * @param {FindHooks} hooks
   */
  constructor(element, hooks) {
    this.input = el("input", {
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Find: SELECT, service=users, duration>5ms, http.route=…",
      "aria-label": "Find spans",
    });
    this.count = el("span", { class: "find-count", role: "status" });
    const previous = el("button", { type: "button", class: "button icon-only", title: "Previous (N)", "aria-label": "Previous found span" }, icon("up"));
    const next = el("button", { type: "button", class: "button icon-only", title: "Next (n)", "aria-label": "Next found span" }, icon("down"));
    this.only = el("button", { type: "button", class: "button quiet", "aria-pressed": "false", title: "Show only what is found, and the way to it" }, "Only these");
    this.tools = el("span", { class: "find-tools", hidden: true }, this.count, previous, next, this.only);
    element.append(el("label", { class: "search-box" }, el("span", { class: "search-icon" }, icon("search")), this.input, el("kbd", {}, "/")), this.tools);
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

  /** @param {TraceScreen} screen */
  show(screen) {
    if (document.activeElement !== this.input && this.input.value !== screen.queryText) this.input.value = screen.queryText;
    this.tools.hidden = screen.found === null && screen.queryProblem === null;
    const place = screen.foundPlace;
    const count = screen.foundCount === 0 ? "nothing found" : place > 0 ? `${formatCount(place)} of ${formatCount(screen.foundCount)}` : `${formatCount(screen.foundCount)} found`;
    setText(this.count, screen.queryProblem ?? count);
    this.count.classList.toggle("none", screen.queryProblem !== null || screen.foundCount === 0);
    this.only.setAttribute("aria-pressed", String(screen.onlyFound));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }
}
