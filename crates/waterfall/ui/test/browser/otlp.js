// Traces for the browser tests, sent as OTLP/HTTP JSON to a waterfall under test.

import { randomBytes } from "node:crypto";

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const BATCH = 5_000;

/**
 * @typedef {object} SpanSpec
 * @property {string} service
 * @property {string} name
 * @property {keyof typeof KINDS} [kind]
 * @property {number} at microseconds from the start of the trace
 * @property {number} lasts microseconds
 * @property {string} [id]
 * @property {string} [parent] for a root whose parent is not sent
 * @property {number} [flags] whether its parent is remote, as in `Span.flags`
 * @property {string} [error]
 * @property {Record<string, string>} [resource] further attributes of its process, such as `host.id`
 * @property {Record<string, string | number | boolean>} [attributes]
 * @property {{ name: string, at: number, attributes?: Record<string, string | number | boolean> }[]} [events]
 * @property {{ traceId: string, spanId: string, attributes?: Record<string, string> }[]} [links]
 * @property {SpanSpec[]} [children]
 */

/** @typedef {{ service: string, resource?: Record<string, string>, spans: object[] }} Process */

/** @param {number} bytes */
export function randomId(bytes) {
  return randomBytes(bytes).toString("hex");
}

/** Some seconds ago, in nanoseconds since the epoch. @param {number} secondsAgo */
export function startNano(secondsAgo = 1) {
  return BigInt(Date.now() - secondsAgo * 1000) * 1_000_000n;
}

/**
 * @param {string} otlp base URL of the receiver
 * @param {string} traceId
 * @param {SpanSpec} root
 * @param {bigint} [start]
 */
export async function sendTree(otlp, traceId, root, start = startNano()) {
  /** @type {Map<string, Process>} */
  const processes = new Map();
  const pending = [{ span: root, parent: root.parent }];
  while (pending.length > 0) {
    const { span, parent } = pending.pop();
    span.id ??= randomId(8);
    const key = JSON.stringify([span.service, span.resource]);
    const process = processes.get(key) ?? { service: span.service, resource: span.resource, spans: [] };
    processes.set(key, process);
    process.spans.push(wireSpan(traceId, span, parent, start));
    for (const child of span.children ?? []) pending.push({ span: child, parent: span.id });
  }
  await post(otlp, [...processes.values()]);
}

/**
 * Sends many traces that consist of the same span, in one request.
 * @param {string} otlp
 * @param {string[]} traceIds
 * @param {SpanSpec} span
 * @param {bigint} [start]
 */
export async function sendRoots(otlp, traceIds, span, start = startNano()) {
  const spans = traceIds.map((traceId) => wireSpan(traceId, { ...span, id: randomId(8) }, span.parent, start));
  await post(otlp, [{ service: span.service, spans }]);
}

/**
 * @typedef {object} LogSpec
 * @property {string} service
 * @property {SpanSpec} [span] the span that logged it; must have been sent
 * @property {number} at microseconds from the start of the trace
 * @property {number} severity
 * @property {string} body
 * @property {Record<string, string | number | boolean>} [attributes]
 */

/**
 * @param {string} otlp
 * @param {string} traceId
 * @param {LogSpec[]} logs
 * @param {bigint} [start]
 */
export async function sendLogs(otlp, traceId, logs, start = startNano()) {
  const resourceLogs = logs.map(({ service, span, at, severity, body, attributes: values }) => ({
    resource: { attributes: attributes({ "service.name": service }) },
    scopeLogs: [{
      scope: { name: "browser-test" },
      logRecords: [{
        timeUnixNano: String(start + BigInt(at * 1000)),
        severityNumber: severity,
        body: { stringValue: body },
        attributes: attributes(values),
        traceId,
        ...(span ? { spanId: span.id } : {}),
      }],
    }],
  }));
  await send(`${otlp}/v1/logs`, { resourceLogs });
}

/**
 * Sends a wide trace (all spans children of one root) or a deep one (a chain).
 * @param {string} otlp
 * @param {string} traceId
 * @param {"wide" | "deep"} shape
 * @param {number} count
 */
export async function sendLarge(otlp, traceId, shape, count) {
  const start = startNano(5);
  const total = count * 10;
  let parent = randomId(8);
  let spans = [
    wireSpan(
      traceId,
      { service: "batch", name: `${shape} root`, kind: "server", at: 0, lasts: total + 1_000, id: parent },
      undefined,
      start,
    ),
  ];
  for (let n = 1; n < count; n += 1) {
    const id = n.toString(16).padStart(16, "0");
    const at = shape === "wide" ? n * 10 : n * 4;
    const lasts = shape === "wide" ? 5 + ((n * 7919) % 40) : total - n * 8;
    spans.push(
      wireSpan(
        traceId,
        {
          service: "batch",
          name: `step ${n % 50}`,
          at,
          lasts,
          id,
          error: n % 9973 === 0 ? "odd" : undefined,
          attributes: { "loop.index": n },
        },
        parent,
        start,
      ),
    );
    if (shape === "deep") parent = id;
    if (spans.length === BATCH) {
      await post(otlp, [{ service: "batch", spans }]);
      spans = [];
    }
  }
  if (spans.length > 0) await post(otlp, [{ service: "batch", spans }]);
}

/**
 * @param {string} traceId
 * @param {SpanSpec} span
 * @param {string | undefined} parent
 * @param {bigint} start
 */
function wireSpan(traceId, span, parent, start) {
  const time = (/** @type {number} */ micros) => String(start + BigInt(Math.round(micros * 1000)));
  return {
    traceId,
    spanId: span.id,
    ...(parent ? { parentSpanId: parent } : {}),
    name: span.name,
    ...(span.flags ? { flags: span.flags } : {}),
    kind: KINDS[span.kind ?? "internal"],
    startTimeUnixNano: time(span.at),
    endTimeUnixNano: time(span.at + span.lasts),
    attributes: attributes(span.attributes),
    status: span.error === undefined ? {} : { code: 2, message: span.error },
    events: (span.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: time(event.at),
      attributes: attributes(event.attributes),
    })),
    links: (span.links ?? []).map((link) => ({ ...link, attributes: attributes(link.attributes) })),
  };
}

/** @param {Record<string, string | number | boolean>} [values] */
function attributes(values = {}) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "string"
      ? { stringValue: value }
      : typeof value === "boolean"
      ? { boolValue: value }
      : Number.isInteger(value)
      ? { intValue: String(value) }
      : { doubleValue: value },
  }));
}

/**
 * @param {string} otlp
 * @param {Process[]} processes
 */
async function post(otlp, processes) {
  const resourceSpans = processes.map(({ service, resource, spans }) => ({
    resource: {
      attributes: attributes({
        "service.name": service,
        "service.version": "1.2.3",
        "telemetry.sdk.language": "rust",
        ...resource,
      }),
    },
    scopeSpans: [{ scope: { name: "browser-test", version: "1" }, spans }],
  }));
  await send(`${otlp}/v1/traces`, { resourceSpans });
}

/**
 * @param {string} url
 * @param {object} message
 */
async function send(url, message) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`the receiver answered ${response.status}: ${await response.text()}`);
}
