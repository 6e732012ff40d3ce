import assert from "node:assert/strict";
import { test } from "node:test";
import { rate, readMetrics } from "../assets/model/metrics.js";
import { sparkline } from "../assets/model/sparkline.js";
import { operationMetrics, percentilePosition, percentileText } from "../assets/model/percentile.js";

const operation = {
  service: "users",
  name: "SELECT users",
  kind: "client",
  spans: 100,
  errors: 2,
  p50: 10,
  p95: 40,
  p99: 90,
  max: 160,
  series: { spans: [0, 100], errors: [0, 2], p50: [0, 10], p95: [0, 40], p99: [0, 90] },
};
const metrics = readMetrics({
  operations: [operation, { ...operation, name: "rare", spans: 2 }],
  calls: [{ parent: "a", child: "b", calls: 3, errors: 1, p95: 7 }],
});

test("operation metrics are found by service, name and kind if there are enough spans", () => {
  assert.deepEqual(operationMetrics(metrics, "users", "SELECT users", "client"), operation);
  assert.equal(operationMetrics(metrics, "users", "SELECT users", "server"), null);
  assert.equal(operationMetrics(metrics, "users", "rare", "client"), null);
  assert.deepEqual(metrics.calls, [{
    from: { name: "a", kind: "service" },
    to: { name: "b", kind: "service" },
    calls: 3,
    errors: 1,
    p95: 7,
  }]);
});

test("a duration is named by its percentile range", () => {
  assert.deepEqual([5, 10, 50, 95, 160].map((duration) => percentileText(operation, duration)), [
    "below p50",
    "above p50",
    "above p95",
    "above p99",
    "maximum",
  ]);
});

test("positions on the scale lie between 0 and the maximum", () => {
  assert.deepEqual([0, 40, 160, 999].map((duration) => percentilePosition(operation, duration)), [0, 0.5, 1, 1]);
});

test("reading never throws", () => {
  for (
    const answer of [null, 3, {
      operations: [null, 7, {}],
      calls: "x",
      services: [{ series: 3 }, { series: { spans: ["x", null, 2] } }],
    }]
  ) assert.equal(readMetrics(answer).calls.length, 0);
});

test("a rate uses the unit that gives at least 1, also over long ranges", () => {
  const time = (seconds) => ({
    from: 1_700_000_000_000_000_001n,
    to: 1_700_000_000_000_000_001n + BigInt(seconds * 1e9),
  });
  assert.equal(rate(1_240, time(100)), "12/s");
  assert.equal(rate(50_000, time(100)), "500/s");
  assert.equal(rate(5, time(100)), "3/min");
  assert.equal(rate(1, time(7_200)), "0.5/h");
  assert.equal(rate(5, time(0)), "");
});

test("a sparkline runs from oldest to newest and is interrupted where there is no data", () => {
  assert.equal(sparkline([0, 10], null, 100, 22), "M0 21L100 1");
  assert.equal(sparkline([5, 0, 10], [true, false, true], 100, 22), "M0 11h3M98.5 1h3");
  assert.equal(sparkline([5, 5, 0, 0], [true, true, false, false], 90, 22), "M0 1L30 1");
  assert.equal(sparkline([], null, 100, 22), "");
  assert.doesNotMatch(sparkline([0, 0, 0], null, 100, 22), /NaN|Infinity/);
});
