// Cuts a text to a width, for what is painted on a canvas.

const ELLIPSIS = "…";
/** Shorter starts say nothing. */
const MIN_CHARS = 3;

/**
 * The longest start of a text that fits with an ellipsis.
 * @param {string} text
 * @param {number} room
 * @param {(text: string) => number} widthOf
 * @returns {string} empty if that has no three characters
 */
export function cutText(text, room, widthOf) {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(text.slice(0, middle) + ELLIPSIS) <= room) low = middle;
    else high = middle - 1;
  }
  // A name that was shortened from the left begins with an ellipsis of its own.
  return low < MIN_CHARS ? "" : text.slice(0, low).replace(/[\s…→]+$/, "") + ELLIPSIS;
}
