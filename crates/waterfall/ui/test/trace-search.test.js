// The search of the trace list, with a stub for the server: its results hold still while they are read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { IncrementalSearch } from "../assets/model/incremental-search.js";
import { TraceSearch } from "../assets/net/trace-search.js";

/** Longer than a search waits before it starts. */
const LONG_MILLIS = 10_000;

/**
 * A search of which each answer is given by hand.
 * @param {import("node:test").TestContext} t
 */
function searchOf(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {((starts: number[]) => Promise<void>)[]} */
  const pending = [];
  const settle = async () => {
    for (let n = 0; n < 20; n += 1) await Promise.resolve();
  };
  t.mock.method(globalThis, "fetch", () =>
    new Promise((resolve) =>
      pending.push(async (starts) => {
        const traces = starts.map((start) => ({ trace_id: `t${start}`, start_unix_nano: String(start) }));
        resolve(/** @type {Response} */ (Response.json({ traces, more: false })));
        await new Promise((done) => setImmediate(done));
        await settle();
      })
    ));
  const held = { now: false };
  /** @type {string[]} */
  const shown = [];
  const search = new TraceSearch(
    (query) => new IncrementalSearch(query, 10),
    () => shown.push(search.run?.traces.map(({ id }) => id).join(" ") ?? "none"),
    () => held.now,
  );
  const wait = () => t.mock.timers.tick(LONG_MILLIS);
  /** @param {number[]} starts */
  const answer = async (...starts) => {
    const next = pending.shift();
    assert.ok(next, "a request");
    await next(starts);
  };
  return { search, shown, held, wait, answer, pending };
}

test("stored traces that change start the search again", async (t) => {
  const { search, shown, wait, answer } = searchOf(t);
  search.setQuery("a");
  wait();
  await answer(1);
  search.refresh();
  wait();
  await answer(1, 2);
  assert.deepEqual(shown, ["t1", "t2 t1"]);
});

test("results held before a repeated search begins stay as they are until they are released", async (t) => {
  const { search, shown, held, wait, answer, pending } = searchOf(t);
  search.setQuery("a");
  wait();
  await answer(1);
  search.refresh();
  held.now = true;
  wait();
  assert.equal(pending.length, 0);
  held.now = false;
  search.catchUp();
  wait();
  await answer(1, 2);
  assert.deepEqual(shown, ["t1", "t2 t1"]);
});

test("results held while a repeated search is under way stay as they are until they are released", async (t) => {
  const { search, shown, held, wait, answer } = searchOf(t);
  search.setQuery("a");
  wait();
  await answer(1);
  search.refresh();
  wait();
  held.now = true;
  await answer(1, 2);
  assert.deepEqual(shown, ["t1"]);
  held.now = false;
  search.catchUp();
  wait();
  await answer(1, 2, 3);
  assert.deepEqual(shown, ["t1", "t3 t2 t1"]);
});

test("a new query is searched and shown even while results are held", async (t) => {
  const { search, shown, held, wait, answer } = searchOf(t);
  held.now = true;
  search.setQuery("a");
  wait();
  await answer(1);
  assert.deepEqual(shown, ["t1"]);
});
