// Texts in which code stands between backticks.

import { el } from "./dom.js";

/**
 * @param {string} text
 * @returns {(Node | string)[]} code as elements; a backtick without another one stays as it is
 */
export function codeText(text) {
  const parts = text.split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, at) => at % 2 === 1 ? el("code", {}, part) : part).filter((part) => part !== "");
}

/** @param {string} text of which the title of an element has no code */
export function withoutBackticks(text) {
  return text.replaceAll("`", "");
}
