import assert from "node:assert/strict";
import { test } from "node:test";
import { readSpanIndex } from "../assets/model/span-index.js";
import { TraceScreen } from "../assets/model/trace-screen.js";
import { traceOf } from "./support.js";

const TRACE = `
root 0+100
  a 10+20`;
const id = (row) => String(row).padStart(16, "0");
const otlp = {
  result: {
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.version", value: { stringValue: "1.2" } }] },
        scopeSpans: [
          {
            spans: [
              { spanId: id(0), attributes: [{ key: "http.response.status_code", value: { intValue: "503" } }] },
              {
                spanId: id(1),
                attributes: [{ key: "db.query.text", value: { stringValue: "SELECT Handle" } }],
                events: [{ name: "exception", timeUnixNano: "1700000000000000015", attributes: [] }],
              },
              { spanId: "ffffffffffffffff" },
            ],
          },
        ],
      },
    ],
  },
};

const found = (text) => {
  const screen = new TraceScreen(traceOf(TRACE));
  screen.setIndex(readSpanIndex(otlp, screen.trace));
  screen.find(text);
  return screen.trace.names.filter((_, row) => screen.search.has(row));
};

test("attributes of spans, resources and events are indexed", () => {
  assert.deepEqual(found("http.response.status_code=503"), ["root"]);
  assert.deepEqual(found("http.response.status_code>=500"), ["root"]);
  assert.deepEqual(found("http.response.status_code<500"), []);
  assert.deepEqual(found("db.query.text~handle"), ["a"]);
  assert.deepEqual(found("service.version=1.2"), ["root", "a"]);
  assert.deepEqual(found("exception"), ["a"]);
  assert.deepEqual(found("no.such=1"), []);
});

test("event times are exact to the nanosecond", () => {
  const trace = traceOf(TRACE);
  assert.deepEqual(readSpanIndex(otlp, trace).events.get(1), [15]);
});

test("a search reports when it needs the index, and uses it once loaded", () => {
  const screen = new TraceScreen(traceOf(TRACE));
  screen.find("handle");
  assert.equal(screen.search.count, 0);
  assert.equal(screen.search.needsIndex, true);
  screen.setIndex(readSpanIndex(otlp, screen.trace));
  assert.equal(screen.search.count, 1);
  assert.equal(screen.search.needsIndex, false);
  screen.find("duration>5ns");
  assert.equal(screen.search.needsIndex, false);
});

test("reading never throws", () => {
  for (
    const answer of [null, 1, {}, {
      result: { resourceSpans: [null, { scopeSpans: [{ spans: [{}, { spanId: 3, attributes: 7 }] }] }] },
    }]
  ) readSpanIndex(answer, traceOf(TRACE));
});
