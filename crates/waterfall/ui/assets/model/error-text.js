// Error messages as chains of causes. `sending the request: connecting: connection refused` names its cause last, where
// a narrow column cuts it off; so the last cause is shown first.

/** A longer message is shown as it is. */
const MAX_CHARS = 4_000;
const OPENING = "([{";
const CLOSING = ")]}";
const QUOTES = '"`';
/** `Caused by: ..` of Java, `caused by: ..` of Rust's anyhow. */
const CAUSED_BY = /^\s*caused by:?\s*/i;

/**
 * The parts of a message, from the outermost error to the last cause. Text in brackets or quotes is not divided.
 * @param {string} message
 * @returns {string[]}
 */
export function causesOf(message) {
  const whole = message.trim();
  if (whole.length > MAX_CHARS) return [whole];
  const causes = /** @type {string[]} */ ([]);
  let from = 0;
  let nested = 0;
  let quote = "";
  const add = (/** @type {number} */ to) => {
    const cause = whole.slice(from, to).replace(CAUSED_BY, "").trim();
    if (cause !== "") causes.push(cause);
  };
  for (let at = 0; at < whole.length; at += 1) {
    const char = whole[at];
    if (quote) {
      if (char === quote) quote = "";
    } else if (QUOTES.includes(char) && whole.indexOf(char, at + 1) > 0) quote = char;
    else if (OPENING.includes(char)) nested += 1;
    else if (CLOSING.includes(char)) nested = Math.max(0, nested - 1);
    else if (nested === 0 && (char === "\n" || (char === ":" && /\s/.test(whole[at + 1] ?? "")))) {
      add(at);
      from = at + 1;
    }
  }
  add(whole.length);
  return causes;
}

/**
 * One line with the last cause first.
 * @param {string} message
 */
export function lastCauseFirst(message) {
  return causesOf(message).reverse().join(" ← ");
}
