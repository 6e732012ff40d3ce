// Live updates, with stubs for the browser's APIs.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

class Source extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;
  /** @type {Source[]} */
  static all = [];
  readyState = 0;

  constructor() {
    super();
    Source.all.push(this);
  }

  /** @param {string} kind @param {object} [data] */
  say(kind, data = {}) {
    if (kind === "open") this.readyState = Source.OPEN;
    this.dispatchEvent(Object.assign(new Event(kind), { data: JSON.stringify(data) }));
  }

  close() {
    this.readyState = Source.CLOSED;
  }
}

Object.assign(globalThis, {
  EventSource: Source,
  window: new EventTarget(),
  document: Object.assign(new EventTarget(), { hidden: false }),
});
const { LiveUpdates } = await import("../assets/net/live-updates.js");

/** @type {string[]} */
let received = [];
const started = () => {
  const live = new LiveUpdates({
    changed: (id) => received.push(id),
    resync: () => received.push("resync"),
    state: (state) => received.push(`is ${state}`),
  });
  live.start();
  return live;
};
const take = () => received.splice(0);
const last = () => /** @type {Source} */ (Source.all.at(-1));

beforeEach(() => {
  received = [];
  Source.all = [];
});

test("a resync event reloads, a trace event reports its trace", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  started();
  last().say("open");
  assert.deepEqual(take(), ["is live", "resync"]);
  last().say("trace", { trace_id: "4bf9", version: 7 });
  last().say("resync");
  last().say("alive");
  assert.deepEqual(take(), ["4bf9", "resync"]);
});

test("a stream with keep-alives stays open, a dead one is reopened", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  started();
  last().say("open");
  for (let n = 0; n < 8; n += 1) {
    t.mock.timers.tick(15_000);
    last().say("alive");
  }
  assert.equal(Source.all.length, 1);
  take();
  t.mock.timers.tick(44_000);
  assert.equal(Source.all.length, 2);
  assert.equal(Source.all[0].readyState, Source.CLOSED);
  assert.ok(take().includes("resync"), "it polls meanwhile");
  last().say("open");
  assert.deepEqual(take().at(-1), "resync");
});

test("an expired session closes the stream, and signing in reopens it", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout", "Date"] });
  const live = started();
  last().say("open");
  take();
  live.reportSignedOut(true);
  assert.equal(last().readyState, Source.CLOSED);
  t.mock.timers.tick(2_000);
  assert.deepEqual(take(), ["is signed-out", "resync"], "it checks whether the session is still expired");
  live.reportSignedOut(false);
  last().say("open");
  assert.deepEqual([take().at(-1), live.state], ["resync", "live"]);
});
