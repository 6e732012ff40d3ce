// What the server judged about a trace, as the page's model reads it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { traceInsights } from "../assets/model/insights.js";
import { callLabel } from "../assets/model/call-label.js";
import { flameOf } from "../assets/model/flame.js";
import { serviceGraph } from "../assets/model/service-graph.js";
import { likelyText } from "../assets/model/likely-text.js";
import { eachSelfInterval, longestSelfInterval } from "../assets/model/self-time.js";
import { traceOf } from "./support.js";
import { readTraceOf } from "./wire.js";

/** @param {import("../assets/model/trace.js").Trace} trace @param {number} row */
const selfIntervals = (trace, row, resolution = 0) => {
  /** @type {[number, number][]} */
  const found = [];
  eachSelfInterval(trace, row, resolution, (from, to) => found.push([from, to]));
  return found;
};

test("self-time stretches exclude children and merge below the resolution", () => {
  const trace = traceOf(`
root 0+100
  a 10+10
  b 21+29`);
  assert.deepEqual(selfIntervals(trace, 0), [[0, 10], [20, 21], [50, 100]]);
  assert.deepEqual(selfIntervals(trace, 0, 15), [[0, 21], [50, 100]]);
});

test("detached children cover nothing of their parent", () => {
  const trace = traceOf(`
root 0+100
  a 10+10
  job 90+500 &`);
  assert.deepEqual(selfIntervals(trace, 0), [[0, 10], [20, 100]]);
  assert.deepEqual(selfIntervals(trace, 2), [[90, 590]]);
});

test("what a span does after its parent's end is not its self time", () => {
  const trace = traceOf(`
root 0+100
  call 10+95 =10
    serve 20+90 =80`);
  assert.deepEqual(selfIntervals(trace, 1), [[10, 20]]);
  assert.deepEqual(selfIntervals(trace, 2), [[20, 100]]);
});

test("self-time stretches add up to the self time of the server", () => {
  // A response of `GET /api/ui/traces/{id}`: late, overlapping and detached children, and a missing parent.
  const trace = readTraceOf(
    JSON.parse(
      `{"services":["s"],"rows":[
        {"id":"1","service":0,"start":0,"duration":100,"self":30,"depth":0},
        {"id":"2","service":0,"start":10,"duration":40,"self":20,"depth":1},
        {"id":"3","service":0,"start":5,"duration":25,"self":20,"depth":2},
        {"id":"4","service":0,"start":40,"duration":30,"depth":1},
        {"id":"5","service":0,"start":90,"duration":18,"self":10,"depth":1},
        {"id":"6","service":0,"start":95,"duration":400,"detached":true,"depth":1},
        {"id":"7","placeholder":true,"start":3,"duration":9,"self":0,"depth":0},
        {"id":"8","service":0,"start":3,"duration":9,"depth":1,"missing_parent":true}]}`,
    ),
  );
  for (let row = 0; row < trace.count; row += 1) {
    const sum = selfIntervals(trace, row).reduce((total, [from, to]) => total + to - from, 0);
    assert.equal(sum, trace.self[row], `row ${row}`);
  }
});

test("the longest stretch of a span without an active child is found", () => {
  const trace = traceOf(`
root 0+100
  a 10+10
  b 15+10
  c 80+40`);
  assert.deepEqual(longestSelfInterval(trace, 0), { from: 25, to: 80 });
  assert.equal(longestSelfInterval(trace, 1), null);
});

test("the critical path is read by row", () => {
  const trace = traceOf("root 0+100\n  a 10+50", {
    critical_path: { row: [0, 1, 0], gap: [0, 0, 0], time: [10, 50, 40] },
  });
  assert.deepEqual([...trace.critical.time], [50, 50]);
  /** @type {[number, number][]} */
  const found = [];
  trace.critical.eachInterval(0, 0, (from, to) => found.push([from, to]));
  assert.deepEqual(found, [[0, 10], [60, 100]]);
});

test("where most of the time was spent is as the server found it, or nowhere", () => {
  const judged = (/** @type {unknown} */ most_time) => traceInsights(traceOf("root 0+100\n  a 10+50", { most_time }));
  assert.deepEqual([judged({ row: 1, time: 50 })].map(({ slowest, slowestTime }) => [slowest, slowestTime]), [[1, 50]]);
  const attempts = traceOf("root 0+100\n  a 10+50", { most_time: { row: 1, attempts: 3, others: [2], time: 90 } });
  assert.deepEqual(attempts.mostTime, { row: 1, attempts: 3, spans: 1, time: 90, rows: [1, 2] });
  assert.deepEqual([...traceInsights(attempts).mostTime], [1, 2], "each attempt is marked");
  const loop = traceOf("root 0+100\n  a 0+40\n  a 40+50", { most_time: { row: 2, spans: 2, time: 90 } });
  assert.deepEqual(loop.mostTime, { row: 2, attempts: 1, spans: 2, time: 90, rows: [] });
  assert.equal(judged({ row: 2, time: 50 }).slowest, -1);
  assert.equal(judged(undefined).slowest, -1);
});

/** What `GET /api/ui/traces/{id}` says of a call without a callee, and of a server whose parent was lost. */
const LOST_CALLEE = `{"services":["web","stock"],"rows":[
  {"id":"1","service":0,"name":"GET /","start":0,"duration":100,"self":10,"depth":0},
  {"id":"2","service":0,"name":"GET","kind":"client","start":5,"duration":90,"self":15,"depth":1},
  {"id":"7","placeholder":true,"start":20,"duration":77,"self":0,"depth":2},
  {"id":"3","service":1,"name":"serve","start":20,"duration":77,"self":35,"depth":3,"missing_parent":true,
    "likely_caller":1},
  {"id":"4","service":1,"name":"read","start":30,"duration":40,"depth":4},
  {"id":"5","service":1,"start":40,"duration":9,"depth":0,"likely_caller":9}]}`;

test("what likely waited above a missing parent has no self time where its callee ran", () => {
  const trace = readTraceOf(JSON.parse(LOST_CALLEE));
  assert.deepEqual(selfIntervals(trace, 1), [[5, 20]]);
  assert.deepEqual(selfIntervals(trace, 3), [[20, 30], [70, 95]]);
  assert.deepEqual([...trace.likely.callerOf], [[3, 1]], "a caller below its callee is refused");
});

test("children of several lost spans cover self time of what likely waited for them, in the order of time", () => {
  const row = (/** @type {number} */ start, /** @type {number} */ duration, more = {}) => (
    { name: "x", start, duration, self: duration, depth: 0, ...more }
  );
  const lost = { depth: 1, missing_parent: true, likely_caller: 0 };
  const trace = readTraceOf({
    services: ["shop"],
    rows: [row(0, 100, { self: 50 }), row(10, 10, lost), row(70, 10, lost), row(30, 30, lost)],
  });
  assert.deepEqual(selfIntervals(trace, 0), [[0, 10], [20, 30], [60, 70], [80, 100]]);
});

test("a missing parent stands below its likely caller in every view, and says so", () => {
  const trace = readTraceOf(JSON.parse(LOST_CALLEE));
  const { levels } = flameOf(trace, trace.self);
  assert.deepEqual(levels.map((frames) => frames.map(({ name }) => name).join()), [
    "GET /,",
    "GET",
    "missing parent, likely here",
    "serve",
    "read",
  ]);
  assert.ok(levels[1][0].total <= trace.length[1], "no time is added up twice");
  const { edges } = serviceGraph(trace, trace.self);
  assert.deepEqual(edges.map(({ from, to, likely }) => [from, to, likely]), [[0, 1, 1]]);
  assert.deepEqual(callLabel(edges[0]), ["1 call · callee 77 ns", "likely"]);
});

test("what is below a missing parent is likely below its caller", () => {
  const trace = readTraceOf(JSON.parse(LOST_CALLEE));
  assert.deepEqual([3, 4].map((row) => likelyText(trace, row)), ["likely below web GET", "likely below web GET"]);
  assert.deepEqual([0, 1, 2, 5].map((row) => likelyText(trace, row)), ["", "", "", ""]);
  const several = readTraceOf({ services: ["web"], rows: [{ id: "1", name: "GET", may_miss_callee: true, depth: 0 }] });
  assert.equal(likelyText(several, 0), "its callee is likely missing");
});

test("rows that do not exist are not on the critical path, wait for nothing and are no root", () => {
  const trace = traceOf("root 0+100", {
    root: 9,
    critical_path: { row: [7], gap: [0], time: [10] },
    idle: [{ from: 0, to: 9, before: 0, after: 4 }],
    queue_waits: [{ producer: 0, consumer: -1, wait: 3 }],
    given_up: [{ client: 0.5, server: 0 }],
  });
  assert.equal(trace.critical.has(0), false);
  assert.deepEqual(trace.idle, []);
  assert.equal(trace.waits.queueOf.size, 0);
  assert.deepEqual(trace.givenUp, []);
  assert.equal(trace.root, 0);
});

test("what the server says of errors, parents and clocks is kept by row", () => {
  const trace = traceOf(`
root 0+100 ! <00f067aa0ba902b7
  a 0+10 !handled
  b 20+50 !cause*3 @shop ~2300
  c 90+200 !background`);
  assert.equal(trace.rootCause, 2);
  assert.equal(trace.attempts, 3);
  assert.deepEqual([...trace.unreached], [[1, "handled"], [3, "background"]]);
  assert.deepEqual([...trace.outsideParents], [0]);
  assert.equal(trace.parentIds[0], "00f067aa0ba902b7");
  assert.deepEqual([...trace.ahead], [[2, 2300]]);
  assert.deepEqual([...traceInsights(trace).errors], [0, 1, 2, 3]);
});
