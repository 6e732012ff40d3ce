// Empty state of the trace list: how to send traces to this server.

import { readEndpoints, shellWord } from "../model/endpoints.js";
import { getStatus } from "../net/api.js";
import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";

/** @typedef {import("../model/endpoints.js").Endpoints} Endpoints */

/** Called on every change of the list: the server is asked again only if it did not answer. */
let isAsking = false;

/** @param {HTMLElement} element */
export function showEmptyState(element) {
  if (!element.firstChild) fill(element, ...heading());
  if (element.dataset.commands || isAsking) return;
  isAsking = true;
  void getStatus()
    .then((status) => {
      const endpoints = readEndpoints(status, location);
      fill(element, ...heading(), ...(endpoints ? commands(endpoints) : []), ...files());
      element.dataset.commands = "shown";
    })
    .catch(() => {})
    .finally(() => (isAsking = false));
}

function heading() {
  return [
    el("div", { class: "waiting-bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    el("h1", {}, "No traces yet"),
    el("p", {}, "Traces appear here as soon as spans arrive."),
  ];
}

/** @param {Endpoints} endpoints */
function commands({ otlpHttp, otlpGrpc, tokenRequired, exampleUrl, mayDiffer }) {
  const now = `$(date +%s)000000000`;
  const span =
    `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},` +
    `"scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",` +
    `"name":"first span","kind":1,"startTimeUnixNano":"'${now}'","endTimeUnixNano":"'${now}'"}]}]}]}`;
  const header = tokenRequired ? ` -H "authorization: Bearer $WATERFALL_INGEST_TOKEN"` : "";
  const variables = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${otlpHttp}`,
    `export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    ...(tokenRequired ? [`export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$WATERFALL_INGEST_TOKEN"`] : []),
  ];
  const orConfigure = exampleUrl === null ? "Configure" : "Or configure";
  return [
    exampleUrl === null ? null : step("Send a request that is traced:", `curl -i ${shellWord(exampleUrl)}`),
    step(`${orConfigure} any OpenTelemetry SDK to export to this server:`, variables.join("\n")),
    step(
      "Or send a single span with curl:",
      `curl ${otlpHttp}/v1/traces -H 'content-type: application/json'${header} -d '${span}'`,
    ),
    el(
      "p",
      { class: "muted" },
      `OTLP over gRPC: ${otlpGrpc}. `,
      mayDiffer
        ? "This page is reached by another port than the server listens on; the other ports may be published " +
          "differently, too."
        : null,
    ),
  ];
}

function files() {
  const text =
    "You can also drop trace files anywhere on this page: OTLP, Jaeger or Zipkin JSON, or what the SDKs of Go and " +
    "Python print.";
  return [el("p", { class: "muted" }, text)];
}

/**
 * @param {string} what
 * @param {string} command
 */
function step(what, command) {
  return el(
    "div",
    { class: "empty-step" },
    el("p", {}, what),
    el("div", { class: "command" }, el("pre", {}, command), copyButton("command", () => command)),
  );
}
