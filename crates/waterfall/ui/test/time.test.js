import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAgo, formatUtc, parseNanos } from "../assets/model/timestamp.js";
import {
  formatApart,
  formatBytes,
  formatDuration,
  formatOffset,
  formatTick,
  parseDuration,
  ratioText,
} from "../assets/model/duration.js";
import { ticks, TimeWindow } from "../assets/model/time-window.js";

test("durations have three significant digits and a fitting unit", () => {
  const expected = {
    0: "0 ns",
    1: "1 ns",
    999: "999 ns",
    1000: "1.00 µs",
    12_345: "12.3 µs",
    999_499: "999 µs",
    999_999: "1.00 ms",
    42_320_000: "42.3 ms",
    1_000_000_000: "1.00 s",
    59_900_000_000: "59.9 s",
    59_980_000_000: "1 m 00 s",
    125_000_000_000: "2 m 05 s",
    7_260_000_000_000: "2 h 01 m",
    86_400_000_000_000: "24 h 00 m",
    273_600_000_000_000: "3 d 04 h",
  };
  for (const [nanos, text] of Object.entries(expected)) assert.equal(formatDuration(Number(nanos)), text);
  assert.equal(formatDuration(-1500), "−1.50 µs");
});

test("tick labels have as many decimals as their spacing needs", () => {
  assert.equal(formatTick(0, 5e6), "0");
  assert.equal(formatTick(20e6, 5e6), "20 ms");
  assert.equal(formatTick(20.5e6, 5e5), "20.5 ms");
  assert.equal(formatTick(1.25e9, 5e7), "1.25 s");
  assert.equal(formatTick(300, 100), "300 ns");
});

test("ticks of minutes, hours and days have the units of a clock", () => {
  const labels = (/** @type {number} */ seconds, /** @type {number} */ most) => {
    const { step, times } = ticks(new TimeWindow(seconds * 1e9), most);
    return times.map((time) => formatTick(time, step));
  };
  assert.deepEqual(labels(45, 5), ["0", "10 s", "20 s", "30 s", "40 s"]);
  assert.deepEqual(labels(110, 5), ["0", "30 s", "1 m", "1 m 30 s"]);
  assert.deepEqual(labels(3 * 3600, 7), ["0", "30 m", "1 h", "1 h 30 m", "2 h", "2 h 30 m", "3 h"]);
  assert.deepEqual(labels(24 * 3600, 5), ["0", "6 h", "12 h", "18 h", "1 d"]);
  assert.deepEqual(labels(10 * 86_400, 5), ["0", "2 d", "4 d", "6 d", "8 d", "10 d"]);
});

test("a tick far into a long trace keeps the precision of its spacing", () => {
  assert.equal(formatTick(3_723.25e9, 5e7), "1 h 2 m 3.25 s");
  assert.equal(formatTick(3_720e9, 5e7), "1 h 2 m");
});

test("durations are parsed in common notations", () => {
  assert.equal(parseDuration("50ms"), 5e7);
  assert.equal(parseDuration("1.5s"), 1.5e9);
  assert.equal(parseDuration("200us"), 2e5);
  assert.equal(parseDuration("7"), 7e6);
  assert.equal(parseDuration("soon"), null);
});

test("timestamps are exact to the nanosecond, also before 1970", () => {
  assert.equal(formatUtc(1763820187123456789n), "2025-11-22 14:03:07.123456789Z");
  assert.equal(formatUtc(-1n), "1969-12-31 23:59:59.999999999Z");
  assert.equal(formatUtc(10n ** 23n), "100000000000000000000000 ns");
  assert.equal(parseNanos("18446744073709551615"), 18446744073709551615n);
  assert.equal(parseNanos(7), 0n);
  assert.equal(parseNanos("1e9"), 0n);
});

test("elapsed time is formatted in one unit", () => {
  const now = 1_700_000_000_000;
  const ago = (seconds) => formatAgo(BigInt(now - seconds * 1000) * 1_000_000n, now);
  assert.deepEqual([0, 8, 200, 7200, 200_000, -60].map(ago), [
    "now",
    "8 s ago",
    "3 min ago",
    "2 h ago",
    "2 d ago",
    "in the future",
  ]);
});

test("ticks are round numbers within the window", () => {
  const window = new TimeWindow(42_320_000);
  assert.deepEqual(ticks(window, 5).times, [0, 1e7, 2e7, 3e7, 4e7]);
  window.show(10_100_000, 10_200_000);
  const { step, times } = ticks(window, 5);
  assert.equal(step, 20_000);
  assert.ok(times.every((time) => time >= 10_100_000 && time <= 10_200_000));
});

test("the window stays within the trace", () => {
  const window = new TimeWindow(1000);
  window.show(-200, 300);
  assert.deepEqual([window.from, window.to], [0, 500]);
  window.pan(10);
  assert.deepEqual([window.from, window.to], [500, 1000]);
  window.zoom(100, 700);
  assert.ok(window.isWhole);
  window.show(500, 500);
  assert.ok(window.length >= 50, "a window has a width");
});

test("zooming keeps the time under the pointer in place", () => {
  const window = new TimeWindow(1e6);
  const share = window.share(250_000);
  window.zoom(0.5, 250_000);
  assert.equal(window.share(250_000), share);
});

test("when a trace grows, a full view stays full and a zoomed view stays in place", () => {
  const window = new TimeWindow(1000);
  window.retarget(2000);
  assert.equal(window.to, 2000);
  window.show(100, 200);
  window.retarget(3000);
  assert.deepEqual([window.from, window.to], [100, 200]);
});

test("byte sizes are formatted briefly", () => {
  assert.deepEqual([0, 812, 4200, 268_435_456, 2e9].map(formatBytes), ["0 B", "812 B", "4.2 kB", "268 MB", "2.0 GB"]);
});

test("the ratio of two durations is described in words", () => {
  const expected = [[100, 220], [220, 100], [100, 104], [1, 500_000], [0, 5]].map(([duration, other]) =>
    ratioText(duration, other)
  );
  assert.deepEqual(expected, ["2.2× slower", "2.2× faster", "same duration", "500,000× slower", ""]);
});

test("a time has as many digits as tell it apart from the nearest other", () => {
  assert.equal(formatApart(1.504e9, 4e6), "1.504 s");
  assert.equal(formatApart(1.5e9, 4e6), "1.500 s");
  assert.equal(formatApart(812.34e6, 0.26e6), "812.3 ms");
  assert.equal(formatApart(812.34e6, 300e6), "812 ms", "three digits are enough");
  assert.equal(formatApart(0, 5), "0 ns");
});

test("a time before another one has one sign", () => {
  assert.deepEqual([3.2e6, 0, -30e6].map(formatOffset), ["+3.20 ms", "+0 ns", "−30.0 ms"]);
});
