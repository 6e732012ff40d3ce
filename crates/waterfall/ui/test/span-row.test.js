// Texts of a row: error messages, targets of calls, short names, levels and markers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { callTarget } from "../assets/model/call-target.js";
import { causesOf, lastCauseFirst } from "../assets/model/error-text.js";
import { describeMarkers, spreadMarkers } from "../assets/model/markers.js";
import { Outline } from "../assets/model/outline.js";
import { ShortNames } from "../assets/model/short-names.js";
import { TimeWindow } from "../assets/model/time-window.js";
import { readTrace } from "../assets/model/trace.js";
import { columnOf, indentFor, levelLabel, shallowestDepth } from "../assets/model/tree-lines.js";
import { deepTrace } from "./support.js";

test("an error message begins with its last cause", () => {
  assert.equal(
    lastCauseFirst("error sending request for url (http://a: b/): connect error: Connection refused (os error 111)"),
    "Connection refused (os error 111) ← connect error ← error sending request for url (http://a: b/)",
  );
  assert.equal(
    lastCauseFirst("order failed\nCaused by: java.net.ConnectException: refused"),
    "refused ← java.net.ConnectException ← order failed",
  );
  assert.deepEqual(causesOf('rejected {"code": 7}'), ['rejected {"code": 7}']);
  assert.deepEqual(causesOf('expected "a: b": got c'), ['expected "a: b"', "got c"]);
  assert.deepEqual(causesOf("at 12:30 it's: late"), ["at 12:30 it's", "late"]);
  assert.equal(lastCauseFirst(""), "");
  assert.deepEqual(causesOf("a: ".repeat(5_000)).length, 1);
});

test("a failed call names its target, received or not", () => {
  const row = (depth, more) => ({ start: 0, duration: 9, depth, ...more });
  const trace = readTrace({
    services: ["shop", "bank"],
    rows: [
      row(0, { service: 0, kind: "client", target: "bank:80", status: "error", message: "gone" }),
      row(1, { service: 1, kind: "server" }),
      row(0, { service: 0, kind: "client", target: "bank:80", status: "error" }),
      row(0, { service: 0, kind: "client" }),
    ],
  });
  assert.deepEqual([0, 2, 3].map((at) => callTarget(trace, at)), ["bank", "bank:80", ""]);
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
