// Empty state of the trace list: how to send traces.

import { copyButton } from "./copy.js";
import { el, fill } from "./dom.js";

const OTLP_PORT = 4318;

/** @param {HTMLElement} element */
export function showEmptyState(element) {
  if (element.firstChild) return;
  const endpoint = `http://${location.hostname}:${OTLP_PORT}`;
  const now = `$(date +%s)000000000`;
  const span =
    `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]},` +
    `"scopeSpans":[{"spans":[{"traceId":"'$(openssl rand -hex 16)'","spanId":"'$(openssl rand -hex 8)'",` +
    `"name":"first span","kind":1,"startTimeUnixNano":"'${now}'","endTimeUnixNano":"'${now}'"}]}]}]}`;
  fill(
    element,
    el("div", { class: "waiting-bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    el("h1", {}, "No traces yet"),
    el("p", {}, "Traces appear here as soon as spans arrive."),
    step(
      "Send a request to the demo, if it is running:",
      `curl -i http://${location.hostname}:8080/api/activities/home`,
    ),
    step(
      "Or configure any OpenTelemetry SDK to export to this server:",
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    ),
    step(
      "Or send a single span with curl:",
      `curl ${endpoint}/v1/traces -H 'content-type: application/json' -d '${span}'`,
    ),
    el(
      "p",
      { class: "muted" },
      "OTLP over gRPC is on port 4317. If you changed the ports, use the addresses printed at startup. " +
        "You can also drop OTLP JSON or Jaeger JSON files anywhere on this page.",
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
