import assert from "node:assert/strict";
import { test } from "node:test";
import { BREAK_PX, brokenTime } from "../assets/model/broken-time.js";

const SECOND = 1_000_000_000n;

test("a long stretch without traces is cut out of the time axis, and its length is known", () => {
  const day = 86_400n * SECOND;
  const starts = [0n, ...Array.from({ length: 60 }, (_, n) => day + BigInt(n) * 5n * SECOND)];
  const { place, breaks } = brokenTime(starts, 0, 1_000);
  assert.deepEqual(breaks.map(({ length }) => length), [Number(day)]);
  assert.ok(place(starts[1]) < 100, "the others have nearly all of the width");
  assert.equal(Math.round(place(starts[60])), 1_000);
  assert.ok(place(0n) <= breaks[0].x && place(starts[1]) >= breaks[0].x + BREAK_PX, "the mark lies between");
  const places = starts.map(place);
  assert.deepEqual(places, [...places].sort((a, b) => a - b), "time never runs backwards");
});

test("evenly spread traces, one trace and none have an unbroken axis", () => {
  for (const count of [0, 1, 2, 30]) {
    const starts = Array.from({ length: count }, (_, n) => BigInt(n) * SECOND);
    const { place, breaks } = brokenTime(starts, 10, 110);
    assert.deepEqual(breaks, []);
    if (count > 1) assert.deepEqual([place(starts[0]), place(starts[count - 1])], [10, 110]);
  }
});
