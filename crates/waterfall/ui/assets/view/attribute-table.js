// Tables of attributes: key, value, and a button that copies the value.

import { attributeText, groupAttributes } from "../model/attributes.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("../model/attributes.js").Attribute} Attribute */

/** Longer values get a block of their own, folded after a few lines. */
const LONG_CHARS = 60;

/**
 * @param {Attribute[]} attributes
 * @returns {HTMLElement[]}
 */
export function attributeSections(attributes) {
  return groupAttributes(attributes).map(({ title, attributes: members }) =>
    el("section", { class: "section" }, el("h3", {}, title), attributeTable(members))
  );
}

/**
 * @param {Attribute[]} attributes
 * @returns {HTMLElement}
 */
export function attributeTable(attributes) {
  return el("dl", { class: "attributes" }, ...attributes.map(attributeLine));
}

/** @param {Attribute} attribute */
function attributeLine(attribute) {
  const text = attributeText(attribute);
  const block = text.length > LONG_CHARS || text.includes("\n");
  const value = block
    ? el("pre", {}, text)
    : el("span", { class: `value type-${typeClass(attribute.type)}` }, text === "" ? "(empty)" : text);
  return el(
    "div",
    { class: block ? "attribute block" : "attribute", title: attribute.type },
    el("dt", {}, attribute.key),
    el("dd", {}, value, copyButton(attribute.key, () => text)),
  );
}

/** @param {string} type */
function typeClass(type) {
  return type === "int" || type === "double" || type === "bool" ? type : "text";
}
