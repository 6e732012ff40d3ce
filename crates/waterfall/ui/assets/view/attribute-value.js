// The value of an attribute as an element: one line, a block of text, a statement, a stack trace or a JSON tree.

import { shownValue } from "../model/attribute-value.js";
import { formatCount } from "../model/duration.js";
import { foldedText } from "../model/json-text.js";
import { el } from "./dom.js";

/** @typedef {import("../model/attributes.js").Attribute} Attribute */
/** @typedef {import("../model/json-text.js").JsonNode} JsonNode */

/** Characters of a text that are shown before the rest is asked for. */
const FIRST_CHARS = 4_000;
/** A stack trace is shown whole, up to the size at which a browser becomes slow. */
const STACK_CHARS = 200_000;
/** Values of an object or array that start unfolded, and their level. */
const OPEN_VALUES = 30;
const OPEN_LEVELS = 2;

/**
 * @param {Attribute} attribute
 * @returns {{ element: HTMLElement, isBlock: boolean, original: string }}
 */
export function attributeValue(attribute) {
  const value = shownValue(attribute);
  const { form, text, original } = value;
  if (form === "line") {
    const element = el("span", { class: `value type-${typeClass(attribute.type)}` }, text === "" ? "(empty)" : text);
    return { element, isBlock: false, original };
  }
  const element = form === "json"
    ? el("div", { class: "json" }, jsonNode(value.json, 0, ""))
    : longText(text, form, form === "stack" ? STACK_CHARS : FIRST_CHARS);
  return { element, isBlock: true, original };
}

/**
 * @param {string} text
 * @param {string} form
 * @param {number} firstChars
 */
function longText(text, form, firstChars) {
  if (text.length <= firstChars) return el("pre", { class: form }, text);
  const pre = el("pre", { class: form }, text.slice(0, firstChars), "…");
  const button = el(
    "button",
    { type: "button", class: "link-button" },
    `Show all ${formatCount(text.length)} characters`,
  );
  button.addEventListener("click", () => {
    pre.textContent = text;
    pre.tabIndex = -1;
    pre.focus();
    button.remove();
  });
  return el("div", { class: "long-text" }, pre, button);
}

/**
 * @param {JsonNode} node
 * @param {number} level
 * @param {string} comma
 * @returns {HTMLElement}
 */
function jsonNode(node, level, comma) {
  const key = node.key ? [el("span", { class: "json-key" }, node.key), ": "] : [];
  if (node.open === "" || node.children.length === 0) {
    const empty = node.open === "{" ? "{}" : "[]";
    const text = node.open === "" ? node.text : empty;
    return el("div", { class: "json-line" }, ...key, el("span", { class: `json-${literalClass(text)}` }, text), comma);
  }
  const close = node.open === "{" ? "}" : "]";
  const last = node.children.length - 1;
  return el(
    "details",
    { class: "json-node", open: level < OPEN_LEVELS && node.children.length <= OPEN_VALUES },
    el(
      "summary",
      {},
      ...key,
      el("span", { class: "json-open" }, node.open),
      el("span", { class: "json-folded muted" }, foldedText(node), comma),
    ),
    el(
      "div",
      { class: "json-children" },
      ...node.children.map((child, at) => jsonNode(child, level + 1, at < last ? "," : "")),
    ),
    el("div", { class: "json-line" }, close, comma),
  );
}

/** @param {string} text */
function literalClass(text) {
  return text.startsWith('"') ? "text" : /^[-\d]/.test(text) ? "number" : "word";
}

/** @param {string} type */
function typeClass(type) {
  return type === "int" || type === "double" || type === "bool" ? type : "text";
}
