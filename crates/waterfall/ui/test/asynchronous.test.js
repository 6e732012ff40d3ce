// Work that no caller waited for: each view says so, and how long its message was in the queue.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asynchronousText, offPathText, queuesText } from "../assets/model/asynchronous.js";
import { callLabel } from "../assets/model/call-label.js";
import { flameOf } from "../assets/model/flame.js";
import { frameLabel, frameLines } from "../assets/model/frame-text.js";
import { operationsOf } from "../assets/model/operation-stats.js";
import { serviceGraph } from "../assets/model/service-graph.js";
import { traceOf } from "./support.js";

const MS = 1_000_000;
const QUEUED = `
confirm 0+${21 * MS} @orders #server
  send ${14 * MS}+${3 * MS} @orders #producer
    process ${45_017 * MS}+${112 * MS} @mailer #consumer &
      render ${45_019 * MS}+${22 * MS} @mailer`;
const queued = () => traceOf(QUEUED, { queue_waits: [{ producer: 1, consumer: 2, wait: 45_000 * MS }] });

test("a span that no caller waited for says why it is not on the critical path", () => {
  const trace = queued();
  assert.equal(
    offPathText(trace, 2),
    "not on it: asynchronous, orders did not wait for it (45.0 s in the queue)",
  );
  assert.equal(
    offPathText(trace, 3),
    "not on it: asynchronous, orders did not wait for mailer process (45.0 s in the queue)",
  );
  assert.equal(offPathText(trace, 0), "not on the critical path");
});

test("a callee that began after its caller had given up is not called asynchronous", () => {
  const trace = traceOf(
    `
call 0+${852 * MS} @shop #client !
  serve ${1_490 * MS}+${2 * MS} @bank #server &`,
    { given_up: [{ client: 0, server: 1, waited: 852 * MS, began: 1_490 * MS, ended: 1_492 * MS }] },
  );
  assert.equal(offPathText(trace, 1), "not on it: the caller had given up before it ended");
  const [call, serve] = flameOf(trace, trace.self).frames;
  assert.equal(serve.detached, 0);
  assert.ok(frameLabel(trace, call).includes("gave up after 852 ms"));
  assert.ok(frameLines(trace, serve, 1).includes("began 638 ms after the caller gave up"));
  assert.deepEqual(callLabel(serviceGraph(trace, trace.self).edges[0]), ["1 call given up after 852 ms"]);
});

test("the flame graph says on its frame that a call was asynchronous, and what it cannot draw", () => {
  const trace = queued();
  const { detached, queued: wait } = flameOf(trace, trace.self).frames[2];
  assert.equal(asynchronousText(detached, wait), "asynchronous, 45.0 s in the queue before it");
  assert.equal(queuesText(trace), "45.0 s in the queue, from orders to mailer");
  assert.equal(queuesText(traceOf(QUEUED)), "");
  assert.equal(asynchronousText(1, 0), "asynchronous");
  assert.equal(asynchronousText(0, 0), "");
});

test("the table has the longest time in the queue of an operation", () => {
  const trace = queued();
  const process = operationsOf(trace, trace.self).find(({ name }) => name === "process");
  assert.deepEqual([process?.queued, process?.detached], [45_000 * MS, 1]);
  const send = operationsOf(trace, trace.self).find(({ kind }) => kind === "producer");
  assert.equal(send?.queued, 45_000 * MS, "of the producer, too");
});

test("the graph says that a call was asynchronous and how long its message waited", () => {
  const trace = queued();
  assert.deepEqual(callLabel(serviceGraph(trace, trace.self).edges[0]), [
    "1 async call · 112 ms",
    "45.0 s in the queue",
  ]);
});
