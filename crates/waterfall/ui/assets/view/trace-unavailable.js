// What the trace page shows while there is no trace to show.

import { HttpError, NotFound } from "../net/api.js";
import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";

/**
 * @param {HTMLElement} element
 * @param {string} traceId
 * @param {unknown} error
 */
export function showTraceUnavailable(element, traceId, error) {
  element.hidden = false;
  const valid = /^[0-9a-f]{1,32}$/.test(traceId) && !/^0+$/.test(traceId);
  const key = `${valid} ${error instanceof Error ? error.constructor.name : ""}`;
  // Nothing is drawn restart every two seconds for the same words.
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  document.title = "Trace · waterfall";
  if (!valid) {
    fill(
      element,
      box(
        "This is no trace id",
        false,
        "A trace id is 32 hexadecimal digits, as in the answer's traceresponse header:",
        el(
          "pre",
          {},
          "traceresponse: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n                  └─────────── trace id ───────────┘",
        ),
        back(),
      ),
    );
    return;
  }
  const id = el("p", { class: "waiting-id" }, el("code", {}, traceId), copyButton("trace id", () => traceId));
  if (error instanceof NotFound) {
    fill(
      element,
      box(
        "Waiting for the first span",
        true,
        "No span of this trace has arrived yet. It shows here by itself when one does.",
        id,
        el(
          "p",
          { class: "muted" },
          "Spans are sent when they end, in batches: a second or two is usual. If it stays empty, the service does not export here, the request was not sampled, or the trace was dropped to make room for newer ones.",
        ),
        back(),
      ),
    );
    return;
  }
  const why = error instanceof HttpError ? `The server answered ${error.status}.` : "The server does not answer.";
  fill(element, box("The trace cannot be loaded", true, `${why} This page keeps trying.`, id, back()));
}

function back() {
  return el("p", {}, el("a", { class: "button", href: "/" }, "The latest traces"));
}

/**
 * @param {string} title
 * @param {boolean} waiting
 * @param {string} text
 * @param {...(HTMLElement | null)} rest
 */
function box(title, waiting, text, ...rest) {
  return el(
    "div",
    { class: "waiting-box" },
    waiting ? el("div", { class: "waiting-bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")) : null,
    el("h1", {}, title),
    el("p", {}, text),
    ...rest,
  );
}
