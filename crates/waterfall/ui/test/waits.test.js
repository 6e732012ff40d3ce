// Waits that belong to no span, and the words for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { traceInsights } from "../assets/model/insights.js";
import { operationsOf } from "../assets/model/operation-stats.js";
import { waitsElsewhere } from "../assets/model/remote-call.js";
import { selfTimeText } from "../assets/model/self-text.js";
import { givenUpText, idleText, longestWait, shortWaitText, waitsText, waitText } from "../assets/model/wait-text.js";
import { traceOf } from "./support.js";

const MS = 1_000_000;

test("a call that was given up says how long the caller waited and when the callee began", () => {
  const call = { client: 0, server: 1, waited: 852 * MS, began: 1_490 * MS, ended: 1_492 * MS };
  assert.equal(givenUpText(call), "gave up after 852 ms; the callee began 1.49 s after the call and ran for 2.00 ms");
  const trace = traceOf(
    `
call 0+${852 * MS} @shop #client !
  serve ${1_490 * MS}+${2 * MS} @bank #server &`,
    { given_up: [call] },
  );
  assert.equal(waitText(trace, 0), "gave up after 852 ms; the callee began 1.49 s after the call and ran for 2.00 ms");
  assert.equal(
    waitText(trace, 1),
    "the caller gave up after 852 ms; the callee began 1.49 s after the call and ran for 2.00 ms",
  );
  assert.equal(shortWaitText(trace, 0), "gave up");
  assert.equal(shortWaitText(trace, 1), "began 638 ms after the caller gave up");
});

test("an operation says how many of its calls were given up, and which waited longest", () => {
  const trace = traceOf(
    `
request 0+${900 * MS} @shop #server
  GET 0+${100 * MS} @shop #client !
    serve ${150 * MS}+${2 * MS} @bank #server &
  GET ${200 * MS}+${300 * MS} @shop #client !
    serve ${210 * MS}+${900 * MS} @bank #server &
  GET ${700 * MS}+${50 * MS} @shop #client`,
    {
      given_up: [
        { client: 1, server: 2, waited: 100 * MS, began: 150 * MS, ended: 152 * MS },
        { client: 3, server: 4, waited: 300 * MS, began: 10 * MS, ended: 910 * MS },
      ],
    },
  );
  const [calls, served] = ["GET", "serve"].map((name) =>
    operationsOf(trace, trace.self).find((operation) => operation.name === name)
  );
  assert.ok(calls && served);
  assert.equal(waitsText(trace, calls), "2 of 3 gave up, after at most 300 ms");
  assert.equal(waitsText(trace, served), "2 of 2 ended after the caller gave up");
  assert.equal(longestWait(trace, calls.waiting), 3);
  assert.equal(longestWait(trace, served.waiting), 4);
  const one = traceOf(QUEUE, WAITED);
  const texts = operationsOf(one, one.self).map((operation) => waitsText(one, operation)).filter(Boolean);
  assert.deepEqual(texts, ["2.37 s in the queue", "2.37 s in the queue"], "of a single span what its row says");
});

test("a callee that had begun before the caller gave up says how much longer it ran", () => {
  const call = { client: 0, server: 1, waited: 100 * MS, began: 2 * MS, ended: 400 * MS };
  assert.equal(givenUpText(call), "gave up after 100 ms; the callee ran on for 300 ms");
});

const QUEUE = `
request 0+${110 * MS} @shop #server
  send ${20 * MS}+${10 * MS} @shop #producer
    take ${2_400 * MS}+${209 * MS} @worker #consumer &`;
const WAITED = {
  queue_waits: [{ producer: 1, consumer: 2, wait: 2_370 * MS }],
  idle: [{ from: 110 * MS, to: 2_400 * MS, before: 0, after: 2 }],
  critical_path: { row: [0], gap: [0], time: [110 * MS] },
};

test("the time in a queue is said on the producer and on the consumer", () => {
  const trace = traceOf(QUEUE, WAITED);
  assert.equal(waitText(trace, 1), "2.37 s in the queue, until worker took it");
  assert.equal(waitText(trace, 2), "2.37 s in the queue, since shop sent it");
  assert.equal(waitText(trace, 0), "");
  assert.deepEqual([0, 1, 2].map((row) => shortWaitText(trace, row)), [
    "",
    "2.37 s in the queue",
    "2.37 s in the queue",
  ]);
});

test("where nothing ran for longer than any span, the wait is the fact", () => {
  const trace = traceOf(QUEUE, WAITED);
  const { wait } = traceInsights(trace);
  assert.ok(wait);
  assert.deepEqual(idleText(trace, wait), {
    length: 2_370 * MS,
    text: "2.37 s in the queue, until worker took it",
  });
  assert.equal(idleText(traceOf(QUEUE), wait).text, "2.29 s in which nothing ran, before worker");
  assert.equal(traceInsights(traceOf(QUEUE, { ...WAITED, idle: [] })).wait, null);
});

test("what to look at first for time is what the header names", () => {
  const most_time = { row: 0, time: 90 * MS };
  const { focus, wait } = traceInsights(traceOf(QUEUE, { ...WAITED, most_time }));
  assert.deepEqual([focus, wait?.after], [2, 2], "the span that took the message");
  assert.equal(traceInsights(traceOf(QUEUE, { most_time })).focus, 0);
});

test("a producer sends, and waits for no consumer", () => {
  const trace = traceOf(QUEUE, WAITED);
  assert.equal(selfTimeText(trace, 1, "100 %"), "sending the message; the message then waited 2.37 s in the queue");
  assert.equal(waitsElsewhere(trace, 1), true);
  assert.equal(selfTimeText(trace, 0, "91 %"), "91 % of the span, the rest is in child spans");
  assert.equal(waitsElsewhere(trace, 0), false);
  const asynchronous = traceOf("root 0+100\n  late 200+10 &");
  assert.equal(selfTimeText(asynchronous, 0, "100 %"), "all of the span: it did not wait for its child spans");
  assert.equal(selfTimeText(asynchronous, 1, "100 %"), "no child spans");
});

test("a wait shorter than the slowest span's time is not the fact", () => {
  const idle = [{ from: 110 * MS, to: 120 * MS, before: 0, after: 2 }];
  const most_time = { row: 0, time: 90 * MS };
  assert.equal(traceInsights(traceOf(QUEUE, { ...WAITED, idle, most_time })).wait, null);
  assert.ok(traceInsights(traceOf(QUEUE, { ...WAITED, idle })).wait, "no span took longer");
});

test("the self time of a call to a peer without spans is not said to be work of the caller", () => {
  const trace = traceOf("load 0+9 @renderer #client >fonts");
  assert.equal(selfTimeText(trace, 0, "100 %"), "the call to fonts, which has no span in this trace");
});
