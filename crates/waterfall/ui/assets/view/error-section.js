// Section of the details panel for a failed span: the kind of error, its causes, and the stack trace.

import { causesOf } from "../model/error-text.js";
import { attributeLine } from "./attribute-table.js";
import { el } from "./dom.js";

/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/** More causes are shown in the message itself. */
const MAX_CAUSES = 12;

/**
 * The kind of error and its causes.
 * @param {SpanDetails | null} details
 * @param {string} known message while the details are loading
 */
export function errorSection(details, known) {
  const text = (/** @type {string} */ key) => {
    const value = details ? errorAttribute(details, key)?.value : "";
    return typeof value === "string" ? value : "";
  };
  const status = details ? details.statusMessage : known;
  const exception = text("exception.message");
  return el(
    "div",
    { class: "section error-box" },
    el("strong", {}, text("exception.type") || text("error.type") || "Error"),
    exception ? causeList(exception) : null,
    status && status !== exception ? causeList(status) : null,
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

/** @param {string} message */
function causeList(message) {
  const causes = causesOf(message).reverse();
  const [last, ...others] = causes;
  if (others.length === 0 || causes.length > MAX_CAUSES) return el("p", {}, message);
  return el(
    "div",
    {},
    el("p", { class: "last-cause" }, last),
    el("ul", { class: "causes", "aria-label": "which caused" }, ...others.map((cause) => el("li", {}, cause))),
  );
}
