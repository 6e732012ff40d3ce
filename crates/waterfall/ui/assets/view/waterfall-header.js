// Header of the waterfall: level controls, and the strip that the time axis draws into.

import { formatCount } from "../model/duration.js";
import { el, setText } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @typedef {object} HeaderHooks
 * @property {(by: number) => void} levels
 * @property {() => void} expandAll
 * @property {() => void} collapseAll
 */

/**
 * @param {HTMLElement} element
 * @param {HeaderHooks} hooks
 */
export function waterfallHeader(element, hooks) {
  const fewer = tool("minus", "Show one level less", () => hooks.levels(-1));
  const more = tool("plus", "Show one level more", () => hooks.levels(1));
  const levels = el("span", { class: "levels", title: "Levels shown (keys 1 to 9)" });
  const expand = tool("expand", "Expand all (x)", hooks.expandAll);
  const collapse = tool("collapse", "Collapse all (c)", hooks.collapseAll);
  const count = el("span", { class: "row-count", role: "status" });
  const splitter = el("div", {
    class: "name-splitter",
    role: "separator",
    "aria-orientation": "vertical",
    "aria-label": "Width of the name column",
    tabindex: "0",
  });
  const axis = el("div", { class: "axis" });
  element.append(
    el(
      "div",
      { class: "head-name" },
      el("span", { class: "head-title" }, "Span"),
      count,
      el("span", { class: "spring" }),
      fewer,
      levels,
      more,
      collapse,
      expand,
      splitter,
    ),
    el("div", { class: "head-duration" }, "Duration"),
    axis,
  );
  return {
    axis,
    splitter,
    /** @param {TraceScreen} screen */
    show(screen) {
      const shown = screen.outline.levels;
      const all = screen.trace.maxDepth + 1;
      setText(levels, `${formatCount(shown)} / ${formatCount(all)}`);
      fewer.disabled = shown <= 1;
      more.disabled = shown >= all;
      const { count: rows } = screen.outline;
      setText(count, rows === screen.trace.count ? "" : `${formatCount(rows)} of ${formatCount(screen.trace.count)}`);
    },
  };
}

/**
 * @param {import("./icons.js").IconName} name
 * @param {string} label
 * @param {() => void} clicked
 */
function tool(name, label, clicked) {
  const button = el("button", { type: "button", class: "tool", title: label, "aria-label": label }, icon(name));
  button.addEventListener("click", clicked);
  return button;
}
