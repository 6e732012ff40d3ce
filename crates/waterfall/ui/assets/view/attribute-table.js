// Tables of attributes: key, value, and a button that copies the value.

import { keyParts } from "../model/attribute-value.js";
import { groupAttributes } from "../model/attributes.js";
import { attributeValue } from "./attribute-value.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("../model/attributes.js").Attribute} Attribute */

/**
 * The attribute that a line shows.
 * @type {WeakMap<Element, Attribute>}
 */
const shown = new WeakMap();

/**
 * @param {Attribute[]} attributes
 * @returns {HTMLElement[]}
 */
export function attributeSections(attributes) {
  return groupAttributes(attributes).map(({ title, attributes: members }) =>
    el("section", { class: "section attribute-section" }, el("h3", {}, title), attributeTable(members))
  );
}

/**
 * @param {Attribute[]} attributes
 * @returns {HTMLElement}
 */
export function attributeTable(attributes) {
  return el("dl", { class: "attributes" }, ...attributes.map((attribute) => attributeLine(attribute)));
}

/**
 * @param {Attribute} attribute
 * @param {string} [note] below the value
 */
export function attributeLine(attribute, note = "") {
  const { element, isBlock, original } = attributeValue(attribute);
  const line = el(
    "div",
    { class: isBlock ? "attribute block" : "attribute", title: attribute.type },
    el("dt", {}, ...breakable(attribute.key)),
    el("dd", {}, element, copyButton(attribute.key, () => original)),
    note ? el("dd", { class: "attribute-note muted" }, note) : null,
  );
  shown.set(line, attribute);
  return line;
}

/**
 * @param {Element} line
 * @returns {Attribute | undefined}
 */
export function attributeOf(line) {
  return shown.get(line);
}

/**
 * The text of a key that may break after its dots.
 * @param {string} key
 */
export function breakable(key) {
  return keyParts(key).flatMap((part, at) => (at === 0 ? [part] : [el("wbr"), part]));
}
