// Parts of the details panel that open and close: a redraw leaves them as they are.

/**
 * The parts that open and close, by their title and its number among equal ones.
 * @param {HTMLElement} panel
 * @returns {Map<string, HTMLDetailsElement>}
 */
function foldsOf(panel) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return new Map([...panel.querySelectorAll("details")].map((fold) => {
    const title = fold.querySelector("summary")?.textContent ?? "";
    seen.set(title, (seen.get(title) ?? 0) + 1);
    return [`${title} ${seen.get(title)}`, fold];
  }));
}

/**
 * @param {HTMLElement} panel
 * @returns {Set<string>} keys of the open parts
 */
export function unfoldedIn(panel) {
  return new Set([...foldsOf(panel)].filter(([, fold]) => fold.open).map(([key]) => key));
}

/**
 * @param {HTMLElement} panel
 * @param {ReadonlySet<string>} keys of the parts to open
 */
export function unfold(panel, keys) {
  for (const [key, fold] of foldsOf(panel)) if (keys.has(key)) fold.open = true;
}
