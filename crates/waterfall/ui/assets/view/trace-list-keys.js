// Keyboard shortcuts of the start page: of its trace list, and of its services.

import { isTyping } from "./trace-keys.js";

/**
 * @typedef {"down" | "up" | "filter" | "traces" | "services" | "doctor" | "import" | "pause" | "zone" | "theme"
 *   | "help" | "clear"} TraceListAction
 */
/** @typedef {import("./help.js").HelpGroup} HelpGroup */

/** What works on both.
 * @type {Record<string, TraceListAction>} */
const PAGE_KEYS = { g: "traces", r: "services", d: "doctor", i: "import", t: "theme", "?": "help" };
/** @type {Record<string, TraceListAction>} */
const LIST_KEYS = {
  ...PAGE_KEYS,
  ArrowDown: "down",
  j: "down",
  ArrowUp: "up",
  k: "up",
  "/": "filter",
  p: "pause",
  z: "zone",
};

/** @type {[string, string][]} */
const PAGE_HELP = [
  ["g", "Traces"],
  ["r", "Services"],
  ["d", "Doctor"],
  ["i", "Import trace files"],
  ["t", "Theme: light, dark, system"],
  ["?", "Show this help"],
];

/** @type {HelpGroup[]} */
export const TRACE_LIST_HELP = [
  {
    title: "Traces",
    keys: [
      ["↑ ↓", "Previous / next trace"],
      ["Enter", "Open trace"],
      ["/", "Focus the filter"],
      ["Esc", "Clear the filter"],
      ["p", "Pause / resume updates"],
      ["z", "Local time / UTC"],
    ],
  },
  { title: "Page", keys: PAGE_HELP },
];

/** Those of the map work while the focus is in it.
 * @type {HelpGroup[]} */
export const SERVICES_HELP = [
  {
    title: "Service map, focused",
    keys: [
      ["← ↑ ↓ →", "Move the map"],
      ["+ −", "Zoom in / out"],
      ["0", "Fit the map"],
      ["Enter", "What is known of a service or call"],
      ["Esc", "Close that"],
    ],
  },
  { title: "Page", keys: PAGE_HELP },
];

/** @type {HelpGroup[]} */
export const DOCTOR_HELP = [{ title: "Page", keys: PAGE_HELP.filter(([key]) => key !== "i") }];

/**
 * The keys of the doctor's page, which is a document of its own and imports nothing.
 * @param {KeyboardEvent} event
 * @returns {TraceListAction | null}
 */
export function doctorKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || event.key === "i") return null;
  return Object.hasOwn(PAGE_KEYS, event.key) ? PAGE_KEYS[event.key] : null;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} filter
 * @param {boolean} onServices whether the services are shown rather than the list
 * @returns {TraceListAction | null}
 */
export function traceListKey(event, filter, onServices) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Escape") return onServices ? null : "clear";
  if (event.target === filter) return event.key === "ArrowDown" ? "down" : null;
  if (isTyping(event.target)) return null;
  const keys = onServices ? PAGE_KEYS : LIST_KEYS;
  return Object.hasOwn(keys, event.key) ? keys[event.key] : null;
}
