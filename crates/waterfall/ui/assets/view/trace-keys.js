// The keys of the trace page, and the words for them.

/** @typedef {import("./help.js").HelpGroup} HelpGroup */

/**
 * What a key does; each is one of the page's actions.
 * @typedef {"down" | "up" | "pageDown" | "pageUp" | "first" | "last" | "in" | "out" | "open" | "escape" | "search" | "nextMatch"
 *   | "previousMatch" | "nextError" | "previousError" | "slowest" | "zoomIn" | "zoomOut" | "zoomReset" | "zoomSelected" | "panLeft"
 *   | "panRight" | "expandAll" | "collapseAll" | "toggleSubtree" | "critical" | "clocks" | "zone" | "theme" | "help" | "nextView" | "traceList"} KeyAction
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
  "?": "help",
};

/** @type {HelpGroup[]} */
export const TRACE_HELP = [
  {
    title: "Move",
    keys: [
      ["↑ ↓", "Previous, next row"],
      ["←", "Collapse, or to the parent"],
      ["→", "Expand, or to the first child"],
      ["Home End", "First, last row"],
      ["PgUp PgDn", "A window up, down"],
      ["Enter", "Details of the span"],
      ["Esc", "Close, step back"],
    ],
  },
  {
    title: "Find",
    keys: [
      ["/", "Find spans"],
      ["n N", "Next, previous found"],
      ["e E", "Next, previous error"],
      ["s", "Where most time goes"],
    ],
  },
  {
    title: "Time",
    keys: [
      ["+ −", "Zoom in, out"],
      ["Shift+← Shift+→", "Pan"],
      ["f", "Zoom to the span"],
      ["0", "The whole trace"],
      ["p", "Critical path on, off"],
      ["a", "Clocks as they came, corrected"],
      ["z", "Local time, UTC"],
    ],
  },
  {
    title: "Tree",
    keys: [
      ["1 … 9", "So many levels"],
      ["x", "Expand all"],
      ["c", "Collapse all"],
      ["Space", "Open or close all beneath"],
    ],
  },
  {
    title: "Page",
    keys: [
      ["v", "Next view"],
      ["t", "Light, dark, system"],
      ["u", "Up to the latest traces"],
      ["?", "This help"],
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
  // What scrolls or walks by itself keeps its arrows while it has the focus.
  if (
    /^(Arrow|Page|Home|End)/.test(event.key) && event.target instanceof Element &&
    event.target.closest(".details-body, .other-view, select")
  ) return null;
  // A button or link in focus keeps its own keys.
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
