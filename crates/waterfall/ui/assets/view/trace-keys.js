// Keyboard shortcuts of the trace page.

/** @typedef {import("./help.js").HelpGroup} HelpGroup */

/**
 * Action of a key.
 * @typedef {"down" | "up" | "pageDown" | "pageUp" | "first" | "last" | "in" | "out" | "open" | "escape" | "search"
 *   | "nextMatch" | "previousMatch" | "nextError" | "previousError" | "slowest" | "zoomIn" | "zoomOut" | "zoomReset"
 *   | "zoomSelected" | "panLeft" | "panRight" | "expandAll" | "collapseAll" | "toggleSubtree" | "critical" | "clocks"
 *   | "zone" | "theme" | "help" | "nextView" | "traceList"
 *   | "services" | "doctor"} KeyAction
 */

/** @type {Record<string, KeyAction>} */
const KEYS = {
  ArrowDown: "down",
  j: "down",
  ArrowUp: "up",
  k: "up",
  PageDown: "pageDown",
  PageUp: "pageUp",
  Home: "first",
  End: "last",
  ArrowRight: "in",
  l: "in",
  ArrowLeft: "out",
  h: "out",
  Enter: "open",
  " ": "toggleSubtree",
  Escape: "escape",
  "/": "search",
  n: "nextMatch",
  N: "previousMatch",
  e: "nextError",
  E: "previousError",
  s: "slowest",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  "0": "zoomReset",
  f: "zoomSelected",
  x: "expandAll",
  c: "collapseAll",
  p: "critical",
  a: "clocks",
  z: "zone",
  t: "theme",
  v: "nextView",
  u: "traceList",
  r: "services",
  d: "doctor",
  "?": "help",
};

/** @type {HelpGroup[]} */
export const TRACE_HELP = [
  {
    title: "Move",
    keys: [
      ["↑ ↓", "Previous / next row"],
      ["←", "Collapse, or go to parent"],
      ["→", "Expand, or go to first child"],
      ["Home End", "First / last row"],
      ["PgUp PgDn", "Page up / down"],
      ["Enter", "Open span details"],
      ["Esc", "Close details, clear search"],
    ],
  },
  {
    title: "Find",
    keys: [
      ["/", "Find spans"],
      ["n N", "Next / previous match"],
      ["e E", "Next / previous error"],
      ["s", "Span with most time"],
    ],
  },
  {
    title: "Time",
    keys: [
      ["+ −", "Zoom in / out"],
      ["Shift+← Shift+→", "Pan"],
      ["f", "Zoom to selected span"],
      ["0", "Reset zoom"],
      ["p", "Toggle critical path"],
      ["a", "Adjust for clock skew"],
      ["z", "Local time / UTC"],
    ],
  },
  {
    title: "Tree",
    keys: [
      ["1 … 9", "Show this many levels"],
      ["x", "Expand all"],
      ["c", "Collapse all"],
      ["Space", "Toggle subtree"],
    ],
  },
  {
    title: "Page",
    keys: [
      ["v", "Next view"],
      ["t", "Theme: light, dark, system"],
      ["u", "Back to trace list"],
      ["r", "Services"],
      ["d", "Doctor"],
      ["?", "Show this help"],
    ],
  },
];

/**
 * @param {KeyboardEvent} event
 * @returns {KeyAction | { levels: number } | null}
 */
export function traceKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return null;
  if (event.shiftKey && event.key === "ArrowLeft") return "panLeft";
  if (event.shiftKey && event.key === "ArrowRight") return "panRight";
  if (/^[1-9]$/.test(event.key)) return { levels: Number(event.key) };
  // Elements that scroll or navigate by arrow keys keep them while focused.
  if (
    /^(Arrow|Page|Home|End)/.test(event.key) && event.target instanceof Element &&
    event.target.closest(".details-body, .other-view, select")
  ) return null;
  // A focused button or link keeps its own keys.
  if (
    (event.key === "Enter" || event.key === " ") && event.target instanceof Element &&
    event.target.closest("button, a, summary")
  ) return null;
  return Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
}

/** @param {EventTarget | null} target */
export function isTyping(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
