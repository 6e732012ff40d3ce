// Creates DOM elements. Text is only ever inserted as text nodes, so span data is never parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | boolean | null>} [attributes] `true`: empty value; `false`, `null`: left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  appendAll(element, children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Replaces the children of an element.
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  appendAll(parent, children);
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
function appendAll(parent, children) {
  for (const child of children) if (child !== null && child !== undefined && child !== false) parent.append(child);
}

/** Elements that the Tab key reaches. */
const FOCUSABLE = "a[href], button, input, select, summary, [tabindex]";

/**
 * Redraws a part of the page. If the focus was in it, the element that takes the place of the focused one gets it.
 * @param {Element} part
 * @param {() => void} redraw
 */
export function keepFocus(part, redraw) {
  const focused = document.activeElement;
  const at = focused && part.contains(focused) ? [...part.querySelectorAll(FOCUSABLE)].indexOf(focused) : -1;
  redraw();
  if (at < 0 || (focused && part.contains(focused))) return;
  const all = part.querySelectorAll(FOCUSABLE);
  const next = all[Math.min(at, all.length - 1)];
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Sets the text only if it differs, to avoid needless layout.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
