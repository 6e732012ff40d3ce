// Work that went on after the root span had ended: the header and the list say when the caller had its answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lateWorkText } from "../assets/model/late-work.js";
import { durationNote, readTraceList, shortDurationNotes } from "../assets/model/trace-list.js";
import { traceOf } from "./support.js";

const LATE = { is_answer: true, root_ended: 861e6, ended: 1_500e6 };

test("a trace says when its root answered, and until when work went on", () => {
  const { lateWork } = traceOf("request 0+861000000", { late_work: LATE });
  assert.equal(lateWork && lateWorkText(lateWork), "answered after 861 ms, work went on until 1.50 s");
  const job = traceOf("job 0+861000000", { late_work: { ...LATE, is_answer: false } }).lateWork;
  assert.equal(job && lateWorkText(job), "the root span ended after 861 ms, work went on until 1.50 s");
  assert.equal(traceOf("request 0+9").lateWork, null);
});

test("the list's tooltip says the same, beside a likely duration", () => {
  const noteOf = (/** @type {object} */ more) =>
    durationNote(readTraceList({ traces: [{ trace_id: "a", ...more }] })[0]);
  assert.equal(noteOf({}), "");
  assert.equal(noteOf({ late_work: LATE }), "Answered after 861 ms, work went on until 1.50 s");
  assert.equal(
    noteOf({ late_work: LATE, likely_duration: 1_500e6 }),
    "As reported. By one clock it likely took 1.50 s. Answered after 861 ms, work went on until 1.50 s",
  );
});

test("a trace started when its spans say, whichever clocks are shown", () => {
  const reported = traceOf("request 0+9");
  const corrected = traceOf("request 0+9", { start_unix_nano: "1700000000350000000", origin: 350e6, corrected: true });
  assert.equal(corrected.reportedStart, reported.reportedStart);
  assert.equal(reported.reportedStart, 1_700_000_000_000_000_000n);
});

test("a row of the list says beside the duration when the root had ended", () => {
  const shortOf = (/** @type {object} */ more) =>
    shortDurationNotes(readTraceList({ traces: [{ trace_id: "a", ...more }] })[0]);
  assert.deepEqual(shortOf({}), []);
  assert.deepEqual(shortOf({ late_work: LATE }), ["answered 861 ms"]);
  assert.deepEqual(shortOf({ late_work: { ...LATE, is_answer: false }, likely_duration: 50e6 }), [
    "likely 50.0 ms",
    "root 861 ms",
  ]);
});
