// Section of the details panel for a failed span: the kind of error, its causes, and the stack trace.

import { causesOf } from "../model/error-text.js";
import { attributeLine } from "./attribute-table.js";
import { el } from "./dom.js";

/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */

/** More causes are shown in the message itself. */
const MAX_CAUSES = 12;

/**
 * @param {SpanDetails | null} details
 * @param {string} known message while the details are loading
 */
export function errorSection(details, known) {
  const exception = details?.events.filter(({ name }) => name === "exception").at(-1);
  const attribute = (/** @type {string} */ key) =>
    exception?.attributes.find((each) => each.key === key) ?? details?.attributes.find((each) => each.key === key);
  const text = (/** @type {string} */ key) => {
    const value = attribute(key)?.value;
    return typeof value === "string" ? value : "";
  };
  const type = text("exception.type") || text("error.type");
  const message = details ? details.statusMessage || text("exception.message") : known;
  const stack = attribute("exception.stacktrace");
  return el(
    "div",
    { class: "section error-box" },
    el("strong", {}, type || "Error"),
    message ? causeList(message) : null,
    stack ? el("dl", { class: "attributes" }, attributeLine(stack)) : null,
  );
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
