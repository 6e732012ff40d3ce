import assert from "node:assert/strict";
import { test } from "node:test";
import { callLines, callTooltip } from "../assets/model/call-text.js";
import { leftOutNote, measuredNote, rate, readMetrics, spansWithin } from "../assets/model/metrics.js";
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
  calls: [{ parent: "a", child: "b", by_caller: { spans: 3, errors: 1, p50: 2, p95: 7, p99: 8, max: 9 } }],
});

test("operation metrics are found by service, name and kind if there are enough spans", () => {
  assert.deepEqual(operationMetrics(metrics, "users", "SELECT users", "client"), operation);
  assert.equal(operationMetrics(metrics, "users", "SELECT users", "server"), null);
  assert.equal(operationMetrics(metrics, "users", "rare", "client"), null);
  assert.deepEqual(metrics.calls, [{
    from: { name: "a", kind: "service" },
    to: { name: "b", kind: "service" },
    byCaller: { spans: 3, errors: 1, p50: 2, p95: 7, p99: 8, max: 9 },
    byCallee: null,
  }]);
});

test("a duration is named by its percentile range", () => {
  assert.deepEqual([5, 10, 11, 50, 95, 160].map((duration) => percentileText(operation, duration)), [
    "duration below p50",
    "duration at p50",
    "duration above p50",
    "duration above p95",
    "duration above p99",
    "longest duration",
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

test("a rate counts the spans of its time range only", () => {
  const series = { spans: [1, 0, 3], errors: [], p50: [], p95: [], p99: [] };
  assert.equal(spansWithin({ spans: 20, series }), 4);
  assert.equal(spansWithin({ spans: 20, series: { ...series, spans: [] } }), 20, "no series");
});

test("a sparkline runs from oldest to newest and is interrupted where there is no data", () => {
  assert.equal(sparkline([0, 10], null, 100, 22), "M0 21L100 1");
  assert.equal(sparkline([5, 0, 10], [true, false, true], 100, 22), "M0 11h3M98.5 1h3");
  assert.equal(sparkline([5, 5, 0, 0], [true, true, false, false], 90, 22), "M0 1L30 1");
  assert.equal(sparkline([], null, 100, 22), "");
  assert.doesNotMatch(sparkline([0, 0, 0], null, 100, 22), /NaN|Infinity/);
});

const MS = 1e6;
/** @param {number} spans @param {number} errors @param {number} p95 */
const side = (spans, errors, p95) => ({ spans, errors, p50: p95, p95: p95 * MS, p99: p95, max: p95 });

test("a call that its caller gave up is an error of the time that the caller waited, beside the callee's time", () => {
  assert.deepEqual(callLines({ byCaller: side(1, 1, 852), byCallee: side(1, 0, 4) }), [
    "1 call, 1 error",
    "852 ms, callee 4.00 ms",
  ]);
  assert.match(
    callTooltip({ byCaller: side(1, 1, 852), byCallee: side(1, 0, 4) }),
    /caller saw it: 1 call, 1 error, .*p95 852 ms.*\n.*callee saw it: 1 call, 0 errors, .*p95 4\.00 ms/,
  );
});

test("the side of a call that records no spans is left out, and the other one is named", () => {
  assert.deepEqual(callLines({ byCaller: side(3, 0, 5), byCallee: null }), ["3 calls", "p95 5.00 ms"]);
  assert.deepEqual(callLines({ byCaller: null, byCallee: side(3, 2, 5) }), ["3 calls, 2 errors", "callee p95 5.00 ms"]);
  assert.match(callTooltip({ byCaller: null, byCallee: side(3, 2, 5) }), /caller saw it: no spans/);
});

test("an error that only the callee recorded is named as the callee's", () => {
  assert.deepEqual(callLines({ byCaller: side(3, 0, 5), byCallee: side(3, 2, 4) }), [
    "3 calls, 2 errors at callee",
    "p95 5.00 ms, callee 4.00 ms",
  ]);
});

test("a service without server and consumer spans says which spans are measured", () => {
  const noteOf = (/** @type {string[]} */ kinds, entries = true) =>
    measuredNote(readMetrics({ services: [{ name: "a", kinds, entries }] }).services[0])?.text;
  assert.equal(noteOf(["internal", "server"]), undefined);
  assert.equal(noteOf(["consumer"]), undefined);
  assert.equal(noteOf(["internal"]), "internal spans");
  assert.equal(noteOf(["client", "internal"], false), "all client, internal spans");
});

test("what the lists lack is said", () => {
  const note = (/** @type {unknown} */ leftOut) => leftOutNote(readMetrics({ left_out: leftOut }));
  assert.equal(note(undefined), "");
  assert.equal(note({ services: 0, operations: 0, calls: 0 }), "");
  assert.equal(note({ calls: 1 }), "Not listed: 1 call, those with the fewest spans.");
  assert.equal(
    note({ services: 299_000, operations: 5, calls: 2 }),
    "Not listed: 299,000 services, 5 operations and 2 calls, those with the fewest spans.",
  );
});
