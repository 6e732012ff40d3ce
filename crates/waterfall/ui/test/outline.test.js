import assert from "node:assert/strict";
import { test } from "node:test";
import { Outline } from "../assets/model/outline.js";
import { shownNames, traceOf, wideTrace } from "./support.js";

const TREE = `
root 0+100
  a 0+10
    a1 1+2
    a2 3+2
  b 20+10
    b1 21+1
other 5+5`;

test("collapsing a row hides its descendants only", () => {
  const outline = new Outline(traceOf(TREE));
  outline.set(1, true);
  assert.deepEqual(shownNames(outline), ["root", "a", "b", "b1", "other"]);
  outline.set(1, false);
  assert.equal(outline.count, 7);
});

test("rows inside a collapsed row stay collapsed", () => {
  const outline = new Outline(traceOf(TREE));
  outline.set(1, true);
  outline.set(0, true);
  outline.set(0, false);
  assert.deepEqual(shownNames(outline), ["root", "a", "b", "b1", "other"]);
});

test("a row without children cannot be collapsed", () => {
  const outline = new Outline(traceOf(TREE));
  outline.set(6, true);
  assert.equal(outline.isCollapsed(6), false);
});

test("a number of levels is shown from the root", () => {
  const outline = new Outline(traceOf(TREE));
  outline.toDepth(2);
  assert.deepEqual(shownNames(outline), ["root", "a", "b", "other"]);
  outline.collapseAll();
  assert.deepEqual(shownNames(outline), ["root", "other"]);
  outline.expandAll();
  assert.equal(outline.count, 7);
});

test("a hidden row has the index of its nearest visible ancestor", () => {
  const outline = new Outline(traceOf(TREE));
  outline.set(1, true);
  assert.equal(outline.indexOf(3), 1);
  assert.equal(outline.indexOf(4), 2);
  assert.equal(outline.isShown(3), false);
  outline.reveal(3);
  assert.equal(outline.isShown(3), true);
});

test("keeping matches keeps their ancestors", () => {
  const trace = traceOf(TREE);
  const outline = new Outline(trace);
  outline.keepOnly(Uint8Array.from(trace.names, (name) => (name === "b1" ? 1 : 0)));
  assert.deepEqual(shownNames(outline), ["root", "b", "b1"]);
  outline.keepOnly(null);
  assert.equal(outline.count, 7);
});

test("a newer version of the trace keeps collapsed rows", () => {
  const older = new Outline(traceOf(TREE));
  older.set(1, true);
  const newer = new Outline(traceOf(`${TREE}\nlate 7+1`));
  newer.inherit(older);
  assert.deepEqual(shownNames(newer), ["root", "a", "b", "b1", "other", "late"]);
});

test("a toggle among 100,000 rows takes less than a frame", () => {
  const outline = new Outline(wideTrace(100_000));
  const began = performance.now();
  for (let n = 0; n < 20; n += 1) outline.set(0, n % 2 === 0);
  const each = (performance.now() - began) / 20;
  assert.ok(each < 16, `${each} ms`);
});
