import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionOf } from "../assets/model/found-attributes.js";
import { readSpanIndex } from "../assets/model/span-index.js";
import { SpanSearch } from "../assets/model/span-search.js";
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
  assert.equal(screen.search.awaits.length, 1);
  screen.setIndex(readSpanIndex(otlp, screen.trace));
  assert.equal(screen.search.count, 1);
  assert.equal(screen.search.awaits.length, 0);
  screen.find("duration>5ns");
  assert.equal(screen.search.awaits.length, 0);
});

test("reading never throws", () => {
  for (
    const answer of [null, 1, {}, {
      result: { resourceSpans: [null, { scopeSpans: [{ spans: [{}, { spanId: 3, attributes: 7 }] }] }] },
    }]
  ) readSpanIndex(answer, traceOf(TRACE));
});

test("lists are searched by item, maps by entry, and long values whole", () => {
  const text = (value) => ({ stringValue: value });
  const trace = traceOf(TRACE);
  const index = readSpanIndex({
    result: {
      resourceSpans: [{
        scopeSpans: [{
          spans: [{
            spanId: id(1),
            attributes: [
              { key: "app.tags", value: { arrayValue: { values: [text("red"), text("Blue")] } } },
              { key: "app.user", value: { kvlistValue: { values: [{ key: "name", value: text("Worf") }] } } },
              { key: "app.long", value: text(`${"x".repeat(5_000)}needle`) },
            ],
          }],
        }],
      }],
    },
  }, trace);
  const finds = (query) => {
    const search = new SpanSearch();
    search.run(query, trace, new Float64Array(trace.count), index);
    return search.count === 1 && search.has(1);
  };
  for (const query of ["app.tags=blue", "app.user.name=worf", "app.long~needle", "needle"]) {
    assert.ok(finds(query), query);
  }
  for (const query of ["app.tags=bl", "stringvalue", "app.user=worf"]) assert.ok(!finds(query), query);
});

test("the server's answers stand in for the index of a large trace", () => {
  const screen = new TraceScreen(traceOf(TRACE));
  const { search } = screen;
  screen.find("http.route=/home -worker");
  assert.equal(search.found, null, "nothing is claimed before the attributes are searched");
  assert.deepEqual(search.awaits.map(conditionOf), [
    { field: "http.route", operator: "=", value: "/home" },
    { field: "", operator: "~", value: "worker" },
  ]);
  const [route, worker] = search.awaits;
  screen.setAnswer(route, [id(0), id(1), "unknown"]);
  assert.equal(search.found, null);
  screen.setAnswer(worker, [id(1)]);
  assert.deepEqual([search.count, search.has(0), search.has(1)], [1, true, false]);
  screen.find("http.route!=/home");
  assert.deepEqual([search.awaits.length, search.count], [0, 0]);
  screen.update(traceOf(TRACE));
  assert.equal(search.awaits.length, 1, "a newer version of the trace is searched again");
});

test("a word finds names at once, and says that attributes are still searched", () => {
  const screen = new TraceScreen(traceOf(TRACE));
  screen.find("root");
  assert.deepEqual([screen.search.count, screen.search.awaits.length], [1, 1]);
});
