// Throttled reloading, by a clock of the test.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { HttpError, isTransient, NotFound, SignedOut, Unreachable } from "../assets/net/api.js";
import { Refresher } from "../assets/net/refresher.js";

let now = 0;
/** Requests so far, and how the running one ends. */
let loads = 0;
/** @type {(retry: boolean) => void} */
let finish;
/** @type {Refresher} */
let refresher;

mock.timers.enable({ apis: ["setTimeout"] });
mock.method(performance, "now", () => now);

beforeEach(() => {
  loads = 0;
  refresher = new Refresher(() => {
    loads += 1;
    return new Promise((resolve) => finish = resolve);
  });
});

/** @param {number} millis */
const wait = (millis) => {
  now += millis;
  mock.timers.tick(millis);
};

/** @param {{ takes: number, retry?: boolean }} options */
async function load({ takes, retry = false }) {
  wait(takes);
  finish(retry);
  await new Promise(setImmediate);
}

test("a change is shown at once, and the next one after three times as long as that took", async () => {
  refresher.trigger();
  assert.equal(loads, 1);
  await load({ takes: 1_000 });
  refresher.trigger();
  refresher.trigger();
  wait(2_999);
  assert.equal(loads, 1);
  wait(1);
  assert.equal(loads, 2);
});

test("a change while one is loaded leads to one more", async () => {
  refresher.trigger();
  refresher.trigger();
  refresher.trigger();
  await load({ takes: 10 });
  wait(150);
  assert.equal(loads, 2);
  await load({ takes: 10 });
  wait(10_000);
  assert.equal(loads, 2);
});

test("a user does not wait", async () => {
  refresher.trigger();
  await load({ takes: 2_000 });
  refresher.trigger();
  refresher.triggerNow();
  assert.equal(loads, 2, "while a change waits");
  refresher.triggerNow();
  await load({ takes: 2_000 });
  assert.equal(loads, 3, "after the one that was running");
  await load({ takes: 10 });
  wait(10_000);
  assert.equal(loads, 3, "the change that waited was shown with them");
});

test("a request that failed is repeated", async () => {
  refresher.trigger();
  await load({ takes: 10, retry: true });
  wait(1_999);
  assert.equal(loads, 1);
  wait(1);
  assert.equal(loads, 2);
  await load({ takes: 10 });
  wait(10_000);
  assert.equal(loads, 2);
});

test("a request that hung holds up neither the next one nor its repetition", async () => {
  for (const [retry, pause] of /** @type {const} */ ([[false, 10_000], [true, 2_000]])) {
    refresher.triggerNow();
    await load({ takes: 600_000, retry });
    refresher.trigger();
    const before = loads;
    wait(pause - 1);
    assert.equal(loads, before);
    wait(1);
    assert.equal(loads, before + 1);
    await load({ takes: 10 });
  }
});

test("a request is repeated only where another may succeed", () => {
  const failures = [new Unreachable(), new HttpError(503, ""), new HttpError(429, "")];
  assert.deepEqual(failures.map(isTransient), [true, true, true]);
  const others = [
    new TypeError("a fault of the page"),
    new NotFound(""),
    new SignedOut(),
    new HttpError(400, ""),
    new HttpError(422, ""),
  ];
  assert.deepEqual(others.map(isTransient), [false, false, false, false, false]);
});
