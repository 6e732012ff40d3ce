// What the trace page shows while there is no trace: invalid id, not received yet, or an error.

import { readEndpoints } from "../model/endpoints.js";
import { getStatus, HttpError, NotFound } from "../net/api.js";
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
  // Called every two seconds: redraw only on changes.
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  document.title = "Trace · waterfall";
  if (!valid) {
    fill(
      element,
      box(
        "Invalid trace ID",
        false,
        "A trace ID has 32 hexadecimal digits, not all zero. It is part of the traceresponse header of a response:",
        el(
          "pre",
          {},
          "traceresponse: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n" +
            "                  └─────────── trace ID ───────────┘",
        ),
        back(),
      ),
    );
    return;
  }
  const id = el("p", { class: "waiting-id" }, el("code", {}, traceId), copyButton("trace ID", () => traceId));
  if (error instanceof NotFound) {
    const address = el("p", { class: "muted" });
    void addAddress(address);
    fill(
      element,
      box(
        "Waiting for the first span",
        true,
        "No span of this trace is stored. The page updates when one arrives.",
        id,
        el(
          "p",
          { class: "muted" },
          "Spans are exported in batches after they end, by default every 5 seconds. If none arrive, the service " +
            "may not export to this server, the request may not have been sampled, or the trace may have been evicted.",
        ),
        address,
        back(),
      ),
    );
    return;
  }
  const why = error instanceof HttpError
    ? `The server responded with status ${error.status}.`
    : "The server does not respond.";
  fill(element, box("The trace could not be loaded", true, `${why} Retrying…`, id, back()));
}

/**
 * Adds where services must export to.
 * @param {HTMLElement} element
 */
async function addAddress(element) {
  const endpoints = readEndpoints(await getStatus().catch(() => null), location);
  if (endpoints) element.append(`This server receives OTLP at ${endpoints.otlpHttp} (gRPC: ${endpoints.otlpGrpc}).`);
}

function back() {
  return el("p", {}, el("a", { class: "button", href: "/" }, "Back to the trace list"));
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
