import assert from "node:assert/strict";
import { test } from "node:test";
import { idleIntervals, longestSelfInterval } from "../assets/model/idle-time.js";
import { traceOf } from "./support.js";

test("a trace is idle where no span is active", () => {
  const trace = traceOf(`
request 0+100
  work 10+20
  send 90+5 #producer
    take 400+50 #consumer
      mail 420+200
    again 1000+10`);
  assert.deepEqual(idleIntervals(trace), [{ from: 100, to: 400 }, { from: 620, to: 1000 }]);
});

test("a continuously active trace has no idle interval, nor has an empty one", () => {
  assert.deepEqual(idleIntervals(traceOf("root 0+100\n  a 10+20\n  b 60+20")), []);
  assert.deepEqual(idleIntervals(traceOf("")), []);
});

test("a placeholder does not count as an active span", () => {
  const trace = traceOf("a 0+10 ^dead\nb 500+10 ^dead");
  assert.deepEqual(idleIntervals(trace), [{ from: 10, to: 500 }]);
});

test("the longest interval of a span without an active child is found", () => {
  const trace = traceOf(`
root 0+100
  a 10+10
  b 15+10
  c 80+40`);
  assert.deepEqual(longestSelfInterval(trace, 0), { from: 25, to: 80 });
  assert.equal(longestSelfInterval(trace, 1), null);
});
