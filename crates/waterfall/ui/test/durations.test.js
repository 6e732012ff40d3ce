import assert from "node:assert/strict";
import { test } from "node:test";
import { barScaleText, barShare, durationBarScale } from "../assets/model/duration-bar.js";
import { durationTicks, placeDots, timeRange } from "../assets/model/scatter.js";

const DAY = 86_400e9;
const PLOT = { left: 60, right: 800, top: 12, bottom: 110 };

/** @param {number[]} durations newest first, a minute apart */
function tracesOf(durations) {
  return durations.map((duration, at) => ({
    id: String(at),
    rootService: "",
    rootName: "",
    startNano: BigInt(1e18 - at * 60e9),
    duration,
    spans: 1,
    errors: 0,
    services: [],
    missing: 0,
    statusCode: null,
  }));
}

test("duration bars of similar traces start at 0", () => {
  const scale = durationBarScale([5e6, 12e6, 21e6]);
  assert.equal(barScaleText(scale), "0–50 ms");
  assert.equal(barShare(scale, 25e6), 0.5);
});

test("no duration bar is cut off, and different durations have different bars", () => {
  const durations = [3e3, 40e3, 21e6, 42e6, 900e6, DAY];
  const scale = durationBarScale(durations);
  assert.equal(barScaleText(scale), "1 µs–1 d, log scale");
  const shares = durations.map((duration) => barShare(scale, duration));
  assert.deepEqual(shares, [...new Set(shares)].sort((a, b) => a - b));
  assert.ok(shares.every((share) => share > 0 && share <= 1));
});

test("the scale of the duration bars exists without traces, and for traces without a duration", () => {
  assert.equal(barShare(durationBarScale([]), 0), barShare(durationBarScale([0, 0]), 0));
  assert.ok(barShare(durationBarScale([]), 0) > 0);
});

test("the labels of the duration axis keep their distance, from nanoseconds to days", () => {
  for (const durations of [[100, 30 * DAY], [2e3, DAY], [5e6, 9e6], [1, 1], [40e9, 3 * DAY]]) {
    const ticks = durationTicks(placeDots(tracesOf(durations), PLOT).scale);
    assert.ok(ticks.length >= 1, String(durations));
    for (let at = 1; at < ticks.length; at += 1) {
      assert.ok(ticks[at - 1].y - ticks[at].y >= 15, String(durations));
    }
  }
});

test("the time axis begins with the earliest start, whatever the order of the traces", () => {
  const [newest, middle, oldest] = tracesOf([1, 2, 3]);
  assert.deepEqual(timeRange([middle, newest, oldest]), { first: oldest.startNano, last: newest.startNano });
  assert.equal(timeRange([]), null);
});
