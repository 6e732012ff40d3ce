// Section of the details panel for a failed span: the kind of error, its causes, and the stack trace.

import { outcomeText } from "../model/error-outcome.js";
import { specificCause } from "../model/error-text.js";
import { attributeLine } from "./attribute-table.js";
import { el } from "./dom.js";
import { errorMark } from "./error-mark.js";

/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/**
 * The kind of error and its causes; quiet where the error did not reach the root.
 * @param {SpanDetails | null} details
 * @param {string} known message while the details are loading
 * @param {import("../model/error-outcome.js").Outcome | undefined} outcome undefined if it reached the root
 */
export function errorSection(details, known, outcome) {
  const text = (/** @type {string} */ key) => {
    const value = details ? errorAttribute(details, key)?.value : "";
    return typeof value === "string" ? value : "";
  };
  const status = details ? details.statusMessage : known;
  const exception = text("exception.message");
  return el(
    "div",
    { class: outcome ? "section error-box unreached" : "section error-box" },
    el("strong", {}, text("exception.type") || text("error.type") || "Error"),
    exception ? messageText(exception) : null,
    status && status !== exception ? messageText(status) : null,
    outcome ? el("p", { class: "error-outcome" }, errorMark(outcome), `The error was ${outcomeText(outcome)}`) : null,
  );
}

/**
 * The stack trace of the last exception, whole.
 * @param {SpanDetails} details
 */
export function stackSection(details) {
  const stack = errorAttribute(details, "exception.stacktrace");
  return stack
    ? el("section", { class: "section attribute-section" }, el("dl", { class: "attributes" }, attributeLine(stack)))
    : null;
}

/**
 * An attribute of the last exception, or of the span.
 * @param {SpanDetails} details
 * @param {string} key
 */
function errorAttribute({ attributes, events }, key) {
  const exception = events.filter(({ name }) => name === "exception").at(-1);
  return [...(exception?.attributes ?? []), ...attributes].find((attribute) => attribute.key === key);
}

/**
 * The whole message as it was sent, with its most specific part in bold.
 * @param {string} message
 */
function messageText(message) {
  const cause = specificCause(message);
  const at = message.lastIndexOf(cause);
  if (cause === "" || at <= 0) return el("p", {}, message);
  return el(
    "p",
    {},
    message.slice(0, at),
    el("b", { class: "specific-cause" }, cause),
    message.slice(at + cause.length),
  );
}
