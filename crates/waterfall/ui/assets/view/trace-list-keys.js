// Keyboard shortcuts of the trace list.

import { isTyping } from "./trace-keys.js";

/**
 * @typedef {"down" | "up" | "filter" | "traces" | "services" | "import" | "pause" | "zone" | "theme" | "help"
 *   | "clear"} TraceListAction
 */

/** @type {Record<string, TraceListAction>} */
const KEYS = {
  ArrowDown: "down",
  j: "down",
  ArrowUp: "up",
  k: "up",
  "/": "filter",
  g: "traces",
  r: "services",
  i: "import",
  p: "pause",
  z: "zone",
  t: "theme",
  "?": "help",
};

/** @type {import("./help.js").HelpGroup[]} */
export const TRACE_LIST_HELP = [
  {
    title: "Traces",
    keys: [
      ["↑ ↓", "Previous / next trace"],
      ["Enter", "Open trace"],
      ["/", "Focus the filter"],
      ["Esc", "Clear the filter"],
    ],
  },
  {
    title: "Page",
    keys: [
      ["g", "Traces"],
      ["r", "Services"],
      ["i", "Import trace files"],
      ["p", "Pause / resume updates"],
      ["z", "Local time / UTC"],
      ["t", "Theme: light, dark, system"],
      ["?", "Show this help"],
    ],
  },
];

/**
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} filter
 * @returns {TraceListAction | null}
 */
export function traceListKey(event, filter) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Escape") return "clear";
  if (event.target === filter) return event.key === "ArrowDown" ? "down" : null;
  if (isTyping(event.target)) return null;
  return Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
}
