// Light, dark, or as the system has it.

import { icon } from "./icons.js";

const KEY = "waterfall.theme";
const NEXT = /** @type {const} */ ({ system: "light", light: "dark", dark: "system" });
const LABELS =
  /** @type {const} */ ({ system: "Colours as the system has them", light: "Light colours", dark: "Dark colours" });
const ICONS = /** @type {const} */ ({ system: "system", light: "sun", dark: "moon" });

/** @typedef {keyof typeof NEXT} Theme */

/**
 * @param {HTMLElement} button
 * @param {() => void} changed what is painted by script has to be painted restart
 * @returns {() => void} switches to the next
 */
export function themeToggle(button, changed) {
  const show = () => {
    const theme = current();
    button.replaceChildren(icon(ICONS[theme]));
    button.title = `${LABELS[theme]} (t)`;
    button.setAttribute("aria-label", `${LABELS[theme]}. Change`);
  };
  const next = () => {
    const theme = NEXT[current()];
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // It then lasts as long as the page.
    }
    show();
    changed();
  };
  button.addEventListener("click", next);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
  return next;
}

/** @returns {Theme} */
function current() {
  const theme = document.documentElement.dataset.theme;
  return theme === "light" || theme === "dark" ? theme : "system";
}
