// Icons, as SVG paths in a 16 × 16 box.

import { svg } from "./dom.js";

const PATHS = /** @type {const} */ ({
  chevron: "M6 4l4 4-4 4",
  copy: "M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2" +
    "M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z",
  check: "M3.5 8.5l3 3 6-7",
  close: "M4 4l8 8M12 4l-8 8",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z" +
    "M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z",
  system: "M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3",
  search: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4zM10.2 10.2l3.3 3.3",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.5l7 4.5-7 4.5z",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.8.8" +
    "M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.8-.8",
  expand: "M4 6.5l4 4 4-4M4 2.5l4 4 4-4",
  collapse: "M4 6.5l4-4 4 4M4 10.5l4-4 4 4",
  target: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3zM8 1v3M8 12v3M1 8h3M12 8h3",
  clock: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3.2l2.2 1.6",
  upload: "M8 10.5v-8M4.8 5.5L8 2.3l3.2 3.2M2.8 10.5v3h10.4v-3",
  download: "M8 2.3v8M4.8 7.3L8 10.5l3.2-3.2M2.8 10.5v3h10.4v-3",
  log: "M3 4h10M3 8h10M3 12h6",
  warn: "M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.2",
  server: "M12.5 8h-8M8 4.5L4.5 8 8 11.5M2.5 3v10",
  client: "M2.5 8h8M7 4.5L10.5 8 7 11.5M13.5 3v10",
  producer: "M2.5 8h7M6.5 5L9.5 8l-3 3M12 4.5v7M14 4.5v7",
  consumer: "M2 4.5v7M4 4.5v7M6.5 8h7M10.5 5l3 3-3 3",
});

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @param {IconName} name
 * @param {string} [className]
 */
export function icon(name, className = "") {
  return svg(
    "svg",
    { class: `icon ${className}`.trim(), viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
}

/** @param {IconName} name */
export function iconPath(name) {
  return PATHS[name];
}
