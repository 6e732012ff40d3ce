import assert from "node:assert/strict";
import { test } from "node:test";
import { criticalPath } from "../assets/model/critical-path.js";
import { traceInsights } from "../assets/model/insights.js";
import { eachSelfInterval, selfTimes } from "../assets/model/self-time.js";
import { traceOf } from "./support.js";

const stretches = (trace, path) => {
  const found = [];
  for (let row = 0; row < trace.count; row += 1) {
    path.eachInterval(row, 0, (from, to) => found.push(`${trace.names[row]} ${from}-${to}`));
  }
  return found;
};

test("self time excludes children and counts overlapping children once", () => {
  const trace = traceOf(`
root 0+100
  a 10+30
  b 20+40
  c 90+50`);
  assert.deepEqual([...selfTimes(trace)], [40, 30, 40, 50]);
});

test("a placeholder for a missing parent has no self time", () => {
  const trace = traceOf("a 10+20 ^dead");
  assert.deepEqual([...selfTimes(trace)], [0, 20]);
});

test("self-time intervals exclude children and merge below the resolution", () => {
  const trace = traceOf(`
root 0+100
  a 10+10
  b 21+29`);
  const own = (resolution) => {
    const found = [];
    eachSelfInterval(trace, 0, resolution, (from, to) => found.push([from, to]));
    return found;
  };
  assert.deepEqual(own(0), [[0, 10], [20, 21], [50, 100]]);
  assert.deepEqual(own(15), [[0, 21], [50, 100]]);
});

test("the critical path walks back through the child that ended last", () => {
  const trace = traceOf(`
root 0+100
  fast 10+20
  slow 10+60
    inner 20+40
  last 80+15`);
  assert.deepEqual(stretches(trace, criticalPath(trace, 0)), [
    "root 0-10",
    "root 70-80",
    "root 95-100",
    "slow 10-20",
    "slow 60-70",
    "inner 20-60",
    "last 80-95",
  ]);
});

test("the critical path covers the root's duration exactly once", () => {
  const trace = traceOf(`
root 0+100
  a 5+30
  b 20+30
    b1 22+20
  c 40+55
  late 90+40`);
  const path = criticalPath(trace, 0);
  assert.equal(path.time.reduce((sum, time) => sum + time, 0), 100);
  assert.equal(path.has(5), false, "a span that outlives the root is not on the path");
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
  assert.deepEqual([...traceInsights(trace, selfTimes(trace)).errors], [0, 1, 2, 3]);
});

test("the slowest span is the one with the most time on the critical path", () => {
  const trace = traceOf(`
root 0+100
  a 0+95
    a1 10+30
    a2 40+50
  beside 0+80`);
  const found = traceInsights(trace, criticalPath(trace, 0).time);
  assert.equal(trace.names[found.slowest], "a2");
  assert.equal(found.slowestTime, 50);
  assert.equal(trace.names[traceInsights(trace, selfTimes(trace)).slowest], "beside");
});
