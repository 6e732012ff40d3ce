// Page-by-page search over stored traces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { IncrementalSearch } from "../assets/model/incremental-search.js";

/** @param {number} from @param {number} count @param {object} rest */
const answer = (from, count, rest) => ({
  traces: Array.from(
    { length: count },
    (_, at) => ({ trace_id: `t${from + at}`, start_unix_nano: String(1_000_000 - from - at) }),
  ),
  searched: 100,
  ...rest,
});

test("a search continues until the server has no more pages", () => {
  const run = new IncrementalSearch("a~b", 5);
  assert.deepEqual([run.state, run.shouldContinue, run.remaining], ["started", true, 5]);
  run.take(answer(0, 2, { more: true, older: "7-1", reached_unix_nano: "42" }));
  assert.deepEqual([run.state, run.shouldContinue, run.remaining, run.cursor, run.reachedNano, run.searched], [
    "searching",
    true,
    3,
    "7-1",
    42n,
    100,
  ]);
  run.take(answer(2, 1, { more: false, older: null, reached_unix_nano: null }));
  assert.deepEqual([run.state, run.shouldContinue, run.searched], ["complete", false, 200]);
  assert.deepEqual(run.traces.map(({ id }) => id), ["t0", "t1", "t2"]);
});

test("a search stops at its limit of matches and continues when extended", () => {
  const run = new IncrementalSearch("a~b", 2);
  run.take(answer(0, 2, { more: true, older: "7-1" }));
  assert.deepEqual([run.state, run.shouldContinue], ["limited", false]);
  run.extend(3);
  assert.deepEqual([run.state, run.remaining, run.limit], ["searching", 3, 5]);
});

test("a search is suspended after a number of pages, and continues when extended or restarted", () => {
  const run = new IncrementalSearch("a~b", 2, 3);
  for (let step = 0; step < 3; step += 1) run.take(answer(0, 0, { more: true, older: `${step}-0` }));
  assert.deepEqual([run.state, run.shouldContinue], ["suspended", false]);
  run.extend(3);
  assert.deepEqual([run.state, run.limit], ["searching", 2]);
  const restart = run.restart();
  assert.deepEqual([restart.state, restart.maxPages, restart.cursor], ["started", run.maxPages, null]);
});

test("an error in the query ends the search", () => {
  const run = new IncrementalSearch("a>", 2);
  run.problem = "what is expected";
  assert.equal(run.shouldContinue, false);
});

test("a search ends whatever the responses contain", () => {
  for (const json of [null, 1, [], {}, { traces: 1, older: 3, searched: "x", reached_unix_nano: {} }]) {
    const run = new IncrementalSearch("a~b", 2);
    run.take(json);
    assert.deepEqual([run.state, run.searched, run.reachedNano], ["complete", 0, null]);
  }
});
