import assert from "node:assert/strict";
import { test } from "node:test";

import { IncrementalSearch } from "../assets/model/incremental-search.js";
import { hasFailed, readTraceList } from "../assets/model/trace-list.js";
import { PAGE_SIZE, TraceListState } from "../assets/model/trace-list-state.js";

/** @param {number[]} starts @param {boolean} more */
const response = (starts, more = false) => ({
  traces: starts.map((start) => ({
    trace_id: `t${start}`,
    root_name: `name ${start}`,
    start_unix_nano: String(start),
  })),
  more,
});
const ids = (traces) => traces.map(({ id }) => id).join(" ");

/** @param {number[]} starts */
function stateWith(...starts) {
  const state = new TraceListState();
  state.receive(response(starts));
  state.update(false);
  return state;
}

test("received traces are shown, newest first", () => {
  const state = new TraceListState();
  assert.deepEqual([state.display("", null).loaded, state.display("", null).empty], [false, false]);
  state.receive(response([1, 2]));
  assert.equal(state.update(false), true);
  assert.equal(ids(state.display("", null).traces), "t2 t1");
});

test("a server without traces is empty, not without matches", () => {
  const { empty, noMatches, loaded } = stateWith().display("", null);
  assert.deepEqual([empty, noMatches, loaded], [true, false, true]);
});

test("new traces are held back and counted while the user reads", () => {
  const state = stateWith(1);
  state.receive(response([1, 2, 3]));
  assert.equal(state.update(true), false);
  assert.deepEqual([ids(state.shown), state.newTraces], ["t1", 2]);
  assert.equal(state.update(false), true);
  assert.deepEqual([ids(state.shown), state.newTraces], ["t3 t2 t1", 0]);
});

test("traces that a search has found already are not new", () => {
  const state = stateWith(1);
  const run = new IncrementalSearch("service=a", PAGE_SIZE);
  run.take(response([1, 2]));
  state.display("service=a", run);
  state.receive(response([1, 2, 3]));
  assert.equal(state.update(true), false);
  assert.deepEqual([state.newTraces, state.isBehind], [1, true]);
  state.update(false);
  assert.deepEqual([state.newTraces, state.isBehind], [0, false]);
});

test("an empty list is filled even while the user reads", () => {
  const state = stateWith();
  state.receive(response([1]));
  assert.equal(state.update(true), true);
});

test("a paused list holds traces back until it is resumed or they are asked for", () => {
  const state = stateWith(1);
  state.paused = true;
  state.receive(response([1, 2]));
  assert.equal(state.update(false), false);
  state.showLatest();
  assert.equal(ids(state.shown), "t2 t1");
});

test("more traces are shown when asked for, even while paused, once", () => {
  const state = stateWith(1);
  state.paused = true;
  state.extend();
  assert.equal(state.limit, 2 * PAGE_SIZE);
  state.receive(response([1, 2]));
  assert.equal(state.update(true), true);
  state.receive(response([1, 2, 3]));
  assert.equal(state.update(true), false);
});

test("a response that was under way when the user asked for more does not count as the longer list", () => {
  const state = stateWith(1);
  state.extend();
  state.receive(response([1, 2]), PAGE_SIZE);
  assert.equal(state.update(true), false);
  state.receive(response([1, 2, 3]), 2 * PAGE_SIZE);
  assert.equal(state.update(true), true);
  state.receive(response([1, 2, 3, 4]), 2 * PAGE_SIZE);
  assert.equal(state.update(true), false);
});

test("more can be requested while the server has more and the list is below its maximum", () => {
  const state = stateWith(1);
  assert.equal(state.display("", null).more, "complete");
  state.receive(response([1], true));
  assert.deepEqual([state.display("", null).more, state.display("", null).roomy], ["limited", true]);
  for (let n = 0; n < 4; n += 1) state.extend();
  assert.equal(state.display("", null).roomy, false);
});

test("previous results stay until the search has results", () => {
  const state = stateWith(1, 2);
  assert.equal(ids(state.display("name=a", null).traces), "t2 t1");
  const run = new IncrementalSearch("name=a", PAGE_SIZE);
  run.take(response([1]));
  const found = state.display("name=a", run);
  assert.deepEqual([ids(found.traces), found.pending, found.run], ["t1", false, run]);
  const next = state.display("name=b", run);
  assert.deepEqual([ids(next.traces), next.pending, next.run, next.more], ["t1", true, null, "complete"]);
});

test("plain words match listed traces as well", () => {
  const state = stateWith(1, 22);
  const run = new IncrementalSearch("22", PAGE_SIZE);
  run.take(response([3]));
  assert.equal(ids(state.display("22", run).traces), "t22 t3");
});

test("a complete search without results has no matches; a query with an error keeps the previous results", () => {
  const state = stateWith(1);
  const run = new IncrementalSearch("name=x", PAGE_SIZE);
  run.take({ traces: [], more: false });
  assert.equal(state.display("name=x", run).noMatches, true);
  const broken = new IncrementalSearch("name~(", PAGE_SIZE);
  broken.problem = "invalid pattern";
  const { problem, noMatches } = state.display("name~(", broken);
  assert.deepEqual([problem, noMatches], ["invalid pattern", false]);
  assert.equal(ids(state.display("", null).traces), "t1");
  assert.equal(state.results, null);
});

test("pausing is displayed only while the server responds", () => {
  const state = stateWith(1);
  state.connection = "live";
  state.paused = true;
  assert.equal(state.connectionState, "paused");
  state.connection = "offline";
  assert.equal(state.connectionState, "offline");
});

test("a trace with handled errors alone has not failed, also where the response leaves `failed` out", () => {
  const failed = (/** @type {object} */ fields) => {
    const [trace] = readTraceList({ traces: [{ trace_id: "a", errors: 2, ...fields }] });
    return hasFailed(trace);
  };
  assert.deepEqual([failed({ handled: 2 }), failed({ failed: true, handled: 1 }), failed({})], [false, true, true]);
});
