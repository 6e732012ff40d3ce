// Texts of a row: error messages, targets of calls, short names, levels and markers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { callTarget, callTargetText, targetOfOperation } from "../assets/model/call-target.js";
import { causesOf, specificCause } from "../assets/model/error-text.js";
import { describeMarkers, spreadMarkers } from "../assets/model/markers.js";
import { Outline } from "../assets/model/outline.js";
import { noteOf } from "../assets/model/row-note.js";
import { ShortNames } from "../assets/model/short-names.js";
import { placeText } from "../assets/model/span-place.js";
import { TimeWindow } from "../assets/model/time-window.js";
import { columnOf, indentFor, levelLabel, shallowestDepth } from "../assets/model/tree-lines.js";
import { deepTrace, traceOf } from "./support.js";
import { readTraceOf } from "./wire.js";

test("of an error message, a row has the most specific part, in the order in which it was sent", () => {
  const deadlock = "deadlock detected: process 4121 waits for ShareLock on transaction 9913";
  const parts = {
    "error sending request for url (http://a: b/): connect error: Connection refused (os error 111)":
      "Connection refused (os error 111)",
    "order failed\nCaused by: java.net.ConnectException: refused": "java.net.ConnectException: refused",
    "dial tcp 10.0.0.1:5432: connect: connection refused": "connection refused",
    [deadlock]: deadlock,
    [`reserving stock: ${deadlock}`]: deadlock,
    "deadlock detected\nDETAIL:  Process 4121 waits": "deadlock detected: DETAIL: Process 4121 waits",
    "no connection within 250 ms: 20 of 20 in use": "no connection within 250 ms: 20 of 20 in use",
    "parsing the order: ValueError: bad literal": "ValueError: bad literal",
    "no carrier has a price": "no carrier has a price",
    "": "",
  };
  for (const [message, part] of Object.entries(parts)) assert.equal(specificCause(message), part);
});

test("an error message is divided into causes, but not within brackets or quotes", () => {
  assert.deepEqual(causesOf('rejected {"code": 7}'), ['rejected {"code": 7}']);
  assert.deepEqual(causesOf('expected "a: b": got c'), ['expected "a: b"', "got c"]);
  assert.deepEqual(causesOf("at 12:30 it's: late"), ["at 12:30 it's", "late"]);
  assert.deepEqual(causesOf("a: ".repeat(5_000)).length, 1);
});

test("a note that the name or the error message begins with is not repeated", () => {
  const trace = readTraceOf({
    services: ["shop"],
    rows: [
      { name: "UPDATE stock", note: "UPDATE" },
      { name: "GET", note: "404", status: "error", message: "404 Not Found" },
      { name: "GET /", note: "200" },
      { name: "GETTER", note: "GET" },
    ],
  });
  assert.deepEqual([0, 1, 2, 3].map((row) => noteOf(trace, row)), ["", "", "200", "GET"]);
});

test("a span says which one of its name it is", () => {
  const chain = traceOf("resolve 0+9\n  resolve 1+8\n    resolve 2+7\n      end 3+1");
  assert.deepEqual([1, 2, 3].map((row) => placeText(chain, row)), ["level 2 of 4", "level 3 of 4", ""]);
  const tiles = traceOf("map 0+9\n  tile 1+1\n  tile 2+1\n  tile 3+1");
  assert.deepEqual([0, 2, 3].map((row) => placeText(tiles, row)), ["", "2 of 3", "3 of 3"]);
});

test("an operation has a target where all its calls have the same", () => {
  const call = (name, peer) => ({ start: 0, duration: 9, depth: 1, service: 0, kind: "client", name, peer });
  const trace = readTraceOf({
    services: ["shop"],
    peers: [{ name: "fonts", kind: "remote" }, { name: "stock", kind: "remote" }],
    rows: [
      { start: 0, duration: 9, depth: 0, service: 0, kind: "server", name: "GET /" },
      call("GET", 0),
      call("GET", 1),
      call("POST", 1),
      call("POST", 1),
    ],
  });
  assert.deepEqual([1, 2, 3, 4].map((at) => targetOfOperation(trace, at)), ["", "", "stock", "stock"]);
});

test("a call names its receiver, and says where that has no span", () => {
  const row = (depth, more) => ({ start: 0, duration: 9, depth, ...more });
  const trace = readTraceOf({
    services: ["shop", "bank"],
    peers: [{ name: "fonts", kind: "remote" }],
    rows: [
      row(0, { service: 0, kind: "client", status: "error", message: "gone" }),
      row(1, { service: 1, kind: "server" }),
      row(0, { service: 0, kind: "client", peer: 0 }),
      row(0, { service: 0, kind: "client", peer: 7 }),
    ],
  });
  assert.deepEqual([0, 2, 3].map((at) => callTarget(trace, at)), ["bank", "fonts", ""]);
  assert.deepEqual([0, 2, 3].map((at) => callTargetText(trace, at)), [
    "bank",
    "fonts, which has no span in this trace",
    "",
  ]);
  assert.equal(trace.messages.get(0), "gone");
});

test("a long prefix that names share is left out, as far as they differ", () => {
  const prefix = "com.example.platform.commerce.fulfilment.";
  const names = new ShortNames(
    [`${prefix}rpc.Plan/Ship`, `${prefix}rpc.Pack/Ship`, `${prefix}rpc.Pack/Ship/zone`, "GET"],
    [`${prefix}planner`, `${prefix}packer`, "com.example.other"],
  );
  assert.equal(names.span(`${prefix}rpc.Pack/Ship/zone`), "…Pack/Ship/zone");
  assert.equal(names.span("GET"), "GET");
  assert.equal(names.service(`${prefix}planner`), "…planner");
  assert.equal(names.service("com.example.other"), "com.example.other");
  const alone = new ShortNames([`${prefix}rpc.Plan/Ship`, `${prefix}rpc.Plan/Ship`], []);
  assert.equal(alone.span(`${prefix}rpc.Plan/Ship`), `${prefix}rpc.Plan/Ship`);
  // A name that is a prefix of another keeps its last part.
  const nested = new ShortNames([`${prefix}a`, `${prefix}a/b`], []);
  assert.deepEqual([nested.span(`${prefix}a`), nested.span(`${prefix}a/b`)], ["…a", "…a/b"]);
});

test("the prefixes of 100,000 names are found before one notices", () => {
  const names = Array.from({ length: 100_000 }, (_, n) => `com.example.platform.commerce.step.${n}`);
  const started = performance.now();
  const short = new ShortNames(names, []);
  assert.equal(short.span(names[7]), "…7");
  assert.ok(performance.now() - started < 3_000);
});

test("each level of a deep tree has an indent of its own, from the top on, and its number", () => {
  const outline = new Outline(deepTrace(300));
  for (const first of [0, 3, 120, 270]) {
    const indent = indentFor(299, 230, shallowestDepth(outline, first, first + 30));
    const columns = Array.from({ length: 30 }, (_, n) => columnOf(indent, first + n));
    assert.equal(new Set(columns).size, 30, `from row ${first}`);
    assert.equal(columns[0], 0);
    assert.equal(levelLabel(indent, first), String(first + 1));
  }
  assert.equal(levelLabel(indentFor(9, 230, 0), 4), "");
});

test("markers are spread over all events, and say when they are samples", () => {
  const window = new TimeWindow(1_000);
  const times = Array.from({ length: 5_000 }, (_, n) => (n * 1_000) / 5_000);
  const markers = spreadMarkers(times, window, 600, 10);
  assert.equal(markers.inView, 5_000);
  assert.ok(markers.positions.length >= 60 && markers.positions.length <= 61);
  assert.ok(Math.max(...markers.positions) > 590);
  assert.equal(describeMarkers(5_000, markers), "5,000 events; the 60 diamonds are samples");
  const few = spreadMarkers([900, 10], window, 600, 10);
  assert.equal(describeMarkers(2, few), "2 events");
  // A gap in time is a gap between the markers.
  const gap = spreadMarkers(times.filter((time) => time < 200 || time > 800), window, 600, 10);
  assert.ok(gap.positions.every((x) => x < 121 || x > 479));
});
