// Theme: light, dark or system.

import { icon } from "./icons.js";

const KEY = "waterfall.theme";
const NEXT = /** @type {const} */ ({ system: "light", light: "dark", dark: "system" });
const LABELS = /** @type {const} */ ({ system: "Theme: system", light: "Theme: light", dark: "Theme: dark" });
const ICONS = /** @type {const} */ ({ system: "system", light: "sun", dark: "moon" });

/** @typedef {keyof typeof NEXT} Theme */

/**
 * @param {HTMLElement} button
 * @param {() => void} changed canvases have to be repainted
 * @returns {() => void} switches to the next theme
 */
export function themeToggle(button, changed) {
  const show = () => {
    const theme = current();
    button.replaceChildren(icon(ICONS[theme]));
    button.title = `${LABELS[theme]} (t)`;
    button.setAttribute("aria-label", `${LABELS[theme]}. Change theme`);
  };
  const next = () => {
    const theme = NEXT[current()];
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Not persisted.
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
