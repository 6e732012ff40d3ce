import assert from "node:assert/strict";
import { test } from "node:test";
import { readTrace } from "../assets/model/read-trace.js";
import { deepTrace, traceOf, wideTrace } from "./support.js";
import { readTraceOf } from "./wire.js";

test("parents, subtree ends and sibling positions follow from the depth", () => {
  const trace = traceOf(`
root 0+100
  a 0+10
    a1 1+2
  b 20+10
other 5+5`);
  assert.deepEqual([...trace.parent], [-1, 0, 1, 0, -1]);
  assert.deepEqual([...trace.end], [4, 3, 3, 4, 5]);
  assert.deepEqual([...trace.position], [1, 1, 1, 2, 2]);
  assert.equal(trace.siblings(1), 2);
  assert.equal(trace.roots, 2);
  assert.equal(trace.duration, 100);
});

test("a depth that increases by more than one counts as one level", () => {
  const trace = readTraceOf({ rows: [{ depth: 3 }, { depth: 9 }, { depth: -1 }] });
  assert.deepEqual([...trace.depth], [0, 1, 0]);
  assert.deepEqual([...trace.end], [2, 2, 3]);
});

test("reading a trace never throws", () => {
  const odd = {
    id: [7, "b", null],
    names: 3,
    name: ["x"],
    service: [{}],
    kind: ["odd", 9],
    start: "x",
    duration: [-5],
  };
  const sparse = { status: { row: [9, "x", -1, 0], value: [9] }, note: { row: 3 }, flags: { row: [0], value: [7] } };
  for (const answer of [null, 7, "x", [], {}, { rows: 3 }, { rows: { ...odd, ...sparse } }]) {
    const trace = readTrace(answer);
    assert.equal(trace.id, "");
    assert.equal(trace.startNano, 0n);
  }
  const trace = readTrace({ rows: { ...odd, ...sparse } });
  assert.deepEqual(trace.ids, ["", "b", ""]);
  assert.deepEqual([...trace.length, trace.kindOf(1), trace.statusOf(0)], [0, 0, 0, "unspecified", "unset"]);
  assert.deepEqual([trace.serviceOf(0), trace.names[0], trace.warningsOf(0).length], ["", "", 0]);
});

test("the start of a trace is exact to the nanosecond", () => {
  assert.equal(readTrace({ start_unix_nano: "1763820187123456789" }).startNano, 1763820187123456789n);
});

test("a placeholder is no span", () => {
  const trace = traceOf(`
x 10+40 ?
  a 10+20 ^dead
    a1 12+5
  b 40+10 ^dead
root 11+100`);
  assert.deepEqual([...trace.placeholder], [1, 0, 0, 0, 0]);
  assert.equal(trace.spans, 4);
  assert.equal(trace.children[0], 2);
  assert.equal(trace.self[0], 0);
});

test("an id shared by two services refers to the first span", () => {
  const trace = readTraceOf({ rows: [{ id: "aa" }, { id: "aa", depth: 1 }, { id: "bb", depth: 2 }] });
  assert.equal(trace.rowOf("aa"), 0);
  assert.equal(trace.rowOf("bb"), 2);
  assert.equal(trace.rowOf("cc"), -1);
});

test("spans that share an id have distinct keys", () => {
  const trace = readTraceOf({ rows: [{ id: "aa" }, { id: "aa", occurrence: 1, depth: 1 }] });
  assert.equal(trace.keyOf(0), "aa");
  assert.equal(trace.keyOf(1), "aa.1");
  assert.equal(trace.rowOf("aa.1"), 1);
});

test("100,000 children and 10,000 levels are read", () => {
  const wide = wideTrace(100_000);
  assert.equal(wide.children[0], 99_999);
  assert.equal(wide.end[0], 100_000);
  const deep = deepTrace(10_000);
  assert.equal(deep.maxDepth, 9_999);
  assert.equal(deep.end[9_999], 10_000);
});

test("128-bit ids and current timestamps stay exact", () => {
  const trace = readTraceOf({
    trace_id: "fffffffffffffffffffffffffffffffe",
    start_unix_nano: "1795527841153187869",
    services: ["one"],
    rows: [{ id: "ffffffffffffffff", start: 0, duration: 9_007_199_254_740_991 }, {
      id: "fffffffffffffffe",
      depth: 1,
      start: 9_007_199_254_740_991,
      duration: 0,
    }],
  });
  assert.equal(trace.id, "fffffffffffffffffffffffffffffffe");
  assert.deepEqual(trace.ids, ["ffffffffffffffff", "fffffffffffffffe"]);
  assert.equal(trace.rowOf("fffffffffffffffe"), 1);
  assert.equal(trace.startedAt(1), 1_795_527_841_153_187_869n + 9_007_199_254_740_991n);
  assert.equal(trace.parentIds[1], "ffffffffffffffff");
});

test("fields omitted by the server get default values", () => {
  const trace = readTraceOf({
    services: ["one"],
    rows: [{ id: "a", service: 0, name: "root", start: 0, duration: 9, depth: 0 }, {
      id: "b",
      service: 0,
      name: "child",
      start: 1,
      duration: 2,
      depth: 1,
      kind: "unspecified",
    }, { id: "c", parent: "x", missing_parent: true, service: 0, name: "orphan", start: 1, duration: 2, depth: 0 }],
  });
  assert.deepEqual([trace.kindOf(0), trace.kindOf(1), trace.statusOf(0), trace.events[0], trace.isError(0)], [
    "internal",
    "unspecified",
    "unset",
    0,
    false,
  ]);
  assert.deepEqual(trace.parentIds, [null, "a", "x"]);
});
