// Names that break after their separators, rather than anywhere.

import { el } from "./dom.js";

/**
 * @param {string} name
 * @returns {(string | Node)[]}
 */
export function breakable(name) {
  return name.split(/(?<=[./:])(?=[^./:])/).flatMap((part, at) => (at === 0 ? [part] : [el("wbr"), part]));
}
