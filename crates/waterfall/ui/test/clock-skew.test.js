import assert from "node:assert/strict";
import { test } from "node:test";
import { clockDifference, clockText, isSkewCertain, skewMark, skewSummary } from "../assets/model/clock-skew.js";
import { remoteCallOf } from "../assets/model/remote-call.js";
import { eachSelfInterval } from "../assets/model/self-time.js";
import { TraceScreen } from "../assets/model/trace-screen.js";
import { traceOf } from "./support.js";
import { shareOfTrace } from "../assets/model/share.js";

const CLOCKS = [{ host: "b", services: ["users"], ahead: -1020, uncertainty: 15, certain: true }];
const REPORTED = `
root 1000+100 @gateway
  call 1010+50 @gateway #client
    serve 0+30 @users #server ~-1020
      query 5+10 @users #client ~-1020
  late 1080+10 @gateway`;
const CORRECTED = `
root 0+100 @gateway
  call 10+50 @gateway #client
    serve 20+30 @users #server ~-1020
      query 25+10 @users #client ~-1020
  late 80+10 @gateway`;

const reported = () => traceOf(REPORTED, { clocks: CLOCKS, reported_duration: 1100, likely_duration: 100 });
const corrected = () =>
  traceOf(CORRECTED, {
    clocks: CLOCKS,
    reported_duration: 1100,
    likely_duration: 100,
    corrected: true,
    origin: 1000,
    start_unix_nano: "1700000000000001000",
  });

test("a clock differs from its parent's where the host changes", () => {
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => clockDifference(reported(), row)), [0, 0, -1020, 0, 0]);
});

test("the panel has the same figure as the notice and the row, whichever clock the times are by", () => {
  const text = "1.02 µs behind the root span's clock (±15 ns)";
  assert.equal(clockText(reported(), 2), text);
  assert.equal(clockText(reported(), 3), text);
  assert.equal(clockText(corrected(), 2), `${text}; shown 1.02 µs later`);
  assert.equal(clockText(reported(), 1), "");
  const early = traceOf("root 100+100\n  child 90+10");
  assert.equal(clockText(early, 1), "starts 10 ns before its parent");
});

test("the clocks that differ and both durations are read from the response", () => {
  const trace = reported();
  assert.deepEqual(trace.clocks[0], {
    services: ["users"],
    replica: "",
    ahead: -1020,
    uncertainty: 15,
    isCertain: true,
  });
  assert.deepEqual([trace.reportedDuration, trace.likelyDuration], [1100, 100]);
  const plain = traceOf("root 0+100");
  assert.deepEqual([plain.reportedDuration, plain.likelyDuration, plain.clocks.length], [100, 100, 0]);
});

test("skew is stated as surely as the calls show it", () => {
  const [behind, queued] = [CLOCKS[0], { services: ["mail"], ahead: 5000, uncertainty: 10, certain: false }];
  const summary = (/** @type {object[]} */ clocks) => skewSummary(traceOf(REPORTED, { clocks }).clocks);
  assert.equal(summary([behind]), "Clock skew: users 1.02 µs behind (±15 ns)");
  assert.equal(summary([queued]), "Likely clock skew: mail 5.00 µs ahead (±10 ns)");
  assert.equal(
    summary([behind, queued]),
    "Clock skew: users 1.02 µs behind (±15 ns), likely mail 5.00 µs ahead (±10 ns)",
  );
  const likely = traceOf(REPORTED, { clocks: [{ ...behind, certain: false }] });
  assert.deepEqual([isSkewCertain(likely, 2), isSkewCertain(reported(), 2)], [false, true]);
  assert.equal(skewMark(reported(), 2)?.text, "clock −1.02 µs");
  assert.equal(skewMark(likely, 2)?.text, "likely clock −1.02 µs");
  assert.deepEqual([skewMark(reported(), 3), skewMark(corrected(), 2)], [null, null]);
});

test("the clock of one of several replicas is named with its host or instance", () => {
  const summary = (/** @type {object} */ place) =>
    skewSummary(traceOf(REPORTED, { clocks: [{ ...CLOCKS[0], replica: true, ...place }] }).clocks);
  assert.equal(summary({}), "Clock skew: users on b 1.02 µs behind (±15 ns)");
  assert.equal(summary({ host: null, instance: "7" }), "Clock skew: users (instance 7) 1.02 µs behind (±15 ns)");
});

test("corrected times are known by the reported ones", () => {
  const trace = corrected();
  assert.deepEqual([0, 1, 2, 3, 4].map((row) => trace.adjustmentOf(row)), [0, 0, 1020, 1020, 0]);
  assert.equal(trace.startedAt(2), 1_700_000_000_000_000_000n, "its own clock's reading stays");
  assert.equal(trace.displayOffset(2, 7), 27, "what came at 7 of the trace stands at 7 of its span");
});

test("self time is found by the likely clocks, and drawn where the span is shown", () => {
  const drawn = (/** @type {import("../assets/model/trace.js").Trace} */ trace, /** @type {number} */ row) => {
    /** @type {[number, number][]} */
    const found = [];
    eachSelfInterval(trace, row, 0, (from, to) => found.push([from, to]));
    return found;
  };
  assert.deepEqual(drawn(corrected(), 1), [[10, 20], [50, 60]]);
  assert.deepEqual(drawn(reported(), 1), [[1010, 1020], [1050, 1060]]);
  assert.deepEqual(drawn(corrected(), 2), [[20, 25], [35, 50]]);
  assert.deepEqual(drawn(reported(), 2), [[0, 5], [15, 30]], "its clock is behind");
  assert.deepEqual(remoteCallOf(reported(), 1), { client: 1, server: 2, requestDelay: 10, responseDelay: 10 });
});

test("percentages are of the likely duration, and say so", () => {
  assert.equal(shareOfTrace(reported(), 48), "48% of the trace, adjusted for clock skew");
  assert.equal(shareOfTrace(corrected(), 48), "48% of the trace, adjusted for clock skew");
  assert.equal(shareOfTrace(traceOf("root 0+100"), 48), "48% of the trace");
});

test("times by other clocks keep the selection, and the whole trace in view", () => {
  const screen = new TraceScreen(reported());
  screen.goTo(2);
  screen.update(corrected());
  assert.equal(screen.trace.duration, 100);
  assert.equal(screen.trace.names[screen.selected], "serve");
  assert.equal(screen.window.isWhole, true);
  screen.window.show(20, 90);
  screen.update(reported());
  assert.deepEqual([screen.window.from, screen.window.to], [20, 90]);
});
