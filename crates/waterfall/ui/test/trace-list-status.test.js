import assert from "node:assert/strict";
import { test } from "node:test";
import { IncrementalSearch } from "../assets/model/incremental-search.js";
import { errorsText } from "../assets/model/error-outcome.js";
import { hasFailed, readTraceList } from "../assets/model/trace-list.js";
import { TraceListState } from "../assets/model/trace-list-state.js";
import { moreButtonText, traceCountText } from "../assets/view/trace-list-status.js";

/** @param {...Record<string, unknown>} traces */
const listOf = (...traces) => readTraceList({ traces });

test("a trace whose errors were handled is not shown as failed", () => {
  const [handled, failed, undetermined, background, well] = listOf(
    { errors: 2, handled: 2, failed: false },
    { errors: 3, handled: 1, failed: true },
    { errors: 1 },
    { errors: 1, handled: 0, background: 1, failed: false },
    {},
  );
  assert.deepEqual([handled, failed, undetermined, background, well].map(errorsText), [
    "2 errors, handled",
    "3 errors, 1 handled",
    "1 error",
    "1 error, in the background",
    "",
  ]);
  assert.deepEqual([handled, failed, undetermined, background, well].map(hasFailed), [
    false,
    true,
    true,
    false,
    false,
  ]);
});

test("the count says failed only if that was determined for every trace", () => {
  assert.equal(traceCountText(listOf({ errors: 1, failed: true }, { failed: false }), null), "2 traces, 1 failed");
  assert.equal(traceCountText(listOf({ errors: 1 }, { failed: false }), null), "2 traces, 1 with errors");
});

test("a filter that is not valid finds nothing", () => {
  const run = new IncrementalSearch("duration>>", 10);
  run.problem = "duration needs a number";
  assert.equal(traceCountText(listOf({}, {}), run), "");
});

test("a filter by duration says that it is that of any span", () => {
  const textOf = (/** @type {string} */ query) => {
    const run = new IncrementalSearch(query, 10);
    run.take({ traces: [{ trace_id: "a" }], more: false });
    return traceCountText(run.traces, run);
  };
  const hint = " · duration is that of any span, trace.duration that of the trace";
  assert.equal(textOf("service=users duration>50ms"), `1 trace found${hint}`);
  assert.equal(textOf("-duration<=1s"), `1 trace found${hint}`);
  assert.equal(textOf("trace.duration>50ms name=duration"), "1 trace found");
});

test("a search that stopped says why, keeps what it found, and can be continued", () => {
  const run = new IncrementalSearch("users", 10);
  run.take({ traces: [{ trace_id: "a" }], more: true, older: "1" });
  run.failure = "the server does not respond";
  assert.equal(run.shouldContinue, false);
  assert.equal(
    traceCountText(run.traces, run),
    "The search stopped: the server does not respond. 1 trace found so far",
  );
  assert.equal(moreButtonText(run.state, true, true), "Continue the search");
  run.extend(10);
  assert.equal(run.shouldContinue, true);
});

test("a search that stopped before its first answer keeps the list", () => {
  const state = new TraceListState();
  state.receive({ traces: [{ trace_id: "a" }], more: false });
  state.update(false);
  const run = new IncrementalSearch("status=error", 10);
  run.failure = "the server does not respond";
  const { pending, noMatches } = state.display("status=error", run);
  assert.deepEqual([pending, noMatches], [false, false]);
});
