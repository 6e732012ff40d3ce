// Error messages as chains of causes. `sending the request: connecting: connection refused` names its cause last, where
// a narrow column cuts it off; so a row shows the most specific part. The order of a message is never changed.

/** A longer message is shown as it is. */
const MAX_CHARS = 4_000;
const OPENING = "([{";
const CLOSING = ")]}";
const QUOTES = '"`';
/** `Caused by: ..` of Java, `caused by: ..` of Rust's anyhow. */
const CAUSED_BY = /^\s*caused by:?\s*/i;
/** `ValueError`, `java.net.ConnectException`. */
const ERROR_TYPE = /^[\w.$]*(Error|Exception)$/;
/** PostgreSQL's names of what follows a message. */
const LABEL = /^(detail|hint|context|where|line \d+)$/i;

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
 * The part of a message that a narrow column shows: its last cause. Where that is a detail (it has a number or a quoted
 * value) or has a type of error before it, the part before it belongs to it. The order of the parts is kept.
 * @param {string} message
 * @returns {string} such as "Connection refused", or "deadlock detected: process 4121 waits for ShareLock"
 */
export function specificCause(message) {
  const causes = causesOf(message);
  let from = causes.length - 1;
  if (from > 0 && (isDetail(causes[from]) || ERROR_TYPE.test(causes[from - 1]))) from -= 1;
  while (from > 0 && LABEL.test(causes[from])) from -= 1;
  return causes.slice(Math.max(0, from)).join(": ");
}

/**
 * A number in brackets, as an error code, makes no detail.
 * @param {string} cause
 */
function isDetail(cause) {
  return /[\d"'`]/.test(cause.replace(/\([^)]*\)/g, "")) || /^[([{]/.test(cause);
}
