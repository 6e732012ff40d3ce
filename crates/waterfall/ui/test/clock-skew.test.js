import assert from "node:assert/strict";
import { test } from "node:test";
import { clockDifference, correctClocks } from "../assets/model/clock-skew.js";
import { readTrace } from "../assets/model/trace.js";
import { TraceScreen } from "../assets/model/trace-screen.js";
import { traceOf } from "./support.js";

const BEHIND = `
root 1000+100 @gateway
  call 1010+50 @gateway #client
    serve 0+30 @users #server ~-1020
      query 5+10 @users #client ~-1020
  late 1080+10 @gateway`;

const times = (trace) =>
  Array.from({ length: trace.count }, (_, row) => `${trace.names[row]} ${trace.start[row]}+${trace.length[row]}`);

test("a clock differs from its parent's where the host changes", () => {
  const trace = traceOf(BEHIND);
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => clockDifference(trace, row)), [0, 0, -1020, 0, 0]);
});

test("the clocks that differ are read from the response", () => {
  const clocks = [{ host: "b", services: ["stock"], ahead: 2_300, uncertainty: 15 }, null];
  const trace = readTrace({ trace_id: "a", rows: [], clocks });
  assert.deepEqual(trace.clocks[0], { services: ["stock"], ahead: 2_300, uncertainty: 15 });
  assert.deepEqual(correctClocks(traceOf(BEHIND)).clocks, []);
});

test("the adjustment moves the whole subtree and the start of the trace", () => {
  const trace = correctClocks(traceOf(BEHIND));
  assert.deepEqual(times(trace), ["root 0+100", "call 10+50", "serve 20+30", "query 25+10", "late 80+10"]);
  assert.equal(trace.duration, 100);
  assert.equal(trace.startNano, 1_700_000_000_000_001_000n);
  assert.deepEqual([...trace.adjustment], [0, 0, 1020, 1020, 0]);
  assert.equal(trace.startedAt(2), 1_700_000_000_000_000_000n, "its own clock's reading stays");
  assert.equal(trace.displayOffset(2, 7), 27, "what came at 7 of the trace stands at 7 of its span");
});

test("siblings are ordered by adjusted times", () => {
  const trace = correctClocks(traceOf(`
root 100+100 @a
  first 5+10 @b #server ~-95
  second 110+10 @a
    leaf 111+2 @a`));
  assert.deepEqual(times(trace), ["root 0+100", "first 0+10", "second 10+10", "leaf 11+2"]);
  assert.deepEqual([...trace.parent], [-1, 0, 0, 2]);
});

test("a trace without skew is not changed", () => {
  const trace = traceOf("root 0+100 @a\n  b 10+10 @b");
  assert.equal(correctClocks(trace), trace);
});

test("the adjustment is applied on request, can be undone, and survives an update", () => {
  const screen = new TraceScreen(traceOf(BEHIND));
  assert.equal(screen.trace.duration, 1100);
  screen.goTo(2);
  screen.correctClocks(true);
  assert.equal(screen.trace.duration, 100);
  assert.equal(screen.trace.names[screen.selected], "serve");
  assert.equal(screen.window.isWhole, true);
  screen.update(traceOf(`${BEHIND}\n  later 1090+5 @gateway`));
  assert.equal(screen.trace.duration, 100);
  screen.correctClocks(false);
  assert.equal(screen.trace.duration, 1100);
});
