// The card of what is selected in a map of services: a service, or the calls between two. It says what its button does.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {{ text: string, run: () => void }} CardAction */
/**
 * @typedef {object} CardContent
 * @property {string} title the whole name
 * @property {string} colorClass
 * @property {readonly string[]} lines
 * @property {CardAction | null} action
 */

export class MapCard {
  constructor() {
    this.element = el("div", { class: "map-card", role: "status", hidden: true });
    /**
     * What had the focus when the card opened, and has it again when it closes.
     * @type {Element | null}
     */
    this.opener = null;
  }

  close() {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus && this.opener instanceof HTMLElement) this.opener.focus();
  }

  /**
   * @param {string} name
   * @param {CardContent} content
   */
  show(name, { title, colorClass, lines, action }) {
    if (!this.element.contains(document.activeElement)) this.opener = document.activeElement;
    const close = el("button", { type: "button", class: "button icon-only", "aria-label": "Close" }, icon("close"));
    close.addEventListener("click", () => this.close());
    const run = action && el("button", { type: "button", class: "button" }, action.text);
    run?.addEventListener("click", () => action?.run());
    fill(
      this.element,
      el(
        "div",
        { class: `map-card-head ${colorClass}` },
        el("span", { class: "dot" }),
        el("strong", { title }, name),
        close,
      ),
      ...lines.map((line) => el("p", {}, line)),
      run,
    );
    this.element.hidden = false;
  }
}
