// Definition list of terms and values.

import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {[term: string, value: HTMLElement | string]} Fact */

/** @param {Fact[]} facts */
export function factList(facts) {
  return el(
    "dl",
    { class: "fact-list" },
    ...facts.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

/**
 * @param {string} text
 * @param {string} muted
 */
export function spanText(text, muted) {
  return el("span", {}, text, muted ? el("span", { class: "muted" }, ` ${muted}`) : null);
}

/**
 * @param {string} text
 * @param {string} what
 */
export function withCopy(text, what) {
  return el("span", { class: "copied-text" }, el("code", {}, text), copyButton(what, () => text));
}
