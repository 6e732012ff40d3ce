// What the list says while there is nothing in it: what to do.

import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";

const OTLP_PORT = 4318;

/** @param {HTMLElement} element */
export function showEmptyState(element) {
  if (element.firstChild) return;
  const endpoint = `http://${location.hostname}:${OTLP_PORT}`;
  const now = `$(date +%s)000000000`;
  const span =
    `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},"scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'","name":"first span","kind":1,"startTimeUnixNano":"'${now}'","endTimeUnixNano":"'${now}'"}]}]}]}`;
  fill(
    element,
    el("div", { class: "waiting-bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    el("h1", {}, "No traces yet"),
    el("p", {}, "This list fills by itself as soon as spans arrive."),
    step(
      "Ask the demo for its home feed, if it runs beside this:",
      `curl -i http://${location.hostname}:8080/api/activities/home`,
    ),
    step(
      "Or send any OpenTelemetry program's traces here:",
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    ),
    step("Or send one span by hand:", `curl ${endpoint}/v1/traces -H 'content-type: application/json' -d '${span}'`),
    el(
      "p",
      { class: "muted" },
      "gRPC is on port 4317. If the ports were changed, take the ones that were printed at start. Files of traces, OTLP JSON or Jaeger JSON, may be dropped anywhere on this page.",
    ),
  );
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
