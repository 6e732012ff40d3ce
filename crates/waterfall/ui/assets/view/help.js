// Help dialog with all keyboard shortcuts.

import { codeText } from "./code-text.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {{ title: string, keys: [keys: string, what: string][] }} HelpGroup */

/**
 * @param {HTMLElement} element the `dialog`
 * @param {() => { groups: HelpGroup[], note?: string }} content what works now, asked for when the dialog opens
 */
export function helpOverlay(element, content) {
  const dialog = /** @type {HTMLDialogElement} */ (element);
  const close = el("button", { type: "button", class: "button icon-only", "aria-label": "Close" }, icon("close"));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return {
    toggle() {
      if (dialog.open) {
        dialog.close();
        return;
      }
      const { groups, note } = content();
      fill(
        dialog,
        el("div", { class: "help-head" }, el("h2", { id: "help-title" }, "Keyboard shortcuts"), close),
        el("div", { class: "help-groups" }, ...groups.map(groupElement)),
        note ? el("p", { class: "help-note" }, ...codeText(note)) : null,
      );
      dialog.showModal();
    },
    get isOpen() {
      return dialog.open;
    },
  };
}

/** @param {HelpGroup} group */
function groupElement({ title, keys }) {
  return el(
    "section",
    { class: "help-group" },
    el("h3", {}, title),
    el(
      "dl",
      {},
      ...keys.map(([names, what]) =>
        el(
          "div",
          { class: "help-line" },
          el("dt", {}, what),
          el("dd", {}, ...names.split(" ").map((name) => el("kbd", {}, name))),
        )
      ),
    ),
  );
}
