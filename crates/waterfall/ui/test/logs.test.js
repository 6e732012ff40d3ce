import assert from "node:assert/strict";
import { test } from "node:test";
import { headline, highestSeverity, isAtLeast, listedText, readLogs } from "../assets/model/logs.js";
import { traceOf } from "./support.js";

const log = (more) => ({
  span_id: "0000000000000001",
  time_unix_nano: "1700000000000000000",
  offset: 5,
  severity_number: 9,
  severity_text: "",
  body: { type: "string", value: "said" },
  attributes: [],
  service: "users",
  scope: { name: "s", version: "" },
  ...more,
});

test("log records are indexed by span, in exact time order", () => {
  const logs = readLogs({
    logs: [
      log({ time_unix_nano: "1700000000000000002", body: { type: "string", value: "second" } }),
      log({ time_unix_nano: "1700000000000000001", body: { type: "string", value: "first" } }),
      log({ span_id: null }),
    ],
    more: true,
  });
  const trace = traceOf("root 0+10\n  child 1+2");
  assert.deepEqual(logs.of(trace, 1).map(({ body }) => body), ["first", "second"]);
  assert.deepEqual(logs.of(trace, 0), []);
  assert.equal(logs.records.length, 3);
  assert.equal(logs.records[0].spanId, "");
  assert.equal(logs.more, true);
});

test("severity numbers map to levels, and the highest is found", () => {
  const { records } = readLogs({
    logs: [1, 5, 9, 13, 17, 21, 0, 25, "x"].map((severity_number) => log({ severity_number })),
  });
  assert.deepEqual(records.map(({ level }) => level), [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "fatal",
    null,
    null,
    null,
  ]);
  assert.equal(records[3].severity, "WARN");
  assert.equal(highestSeverity(records.slice(0, 4)), "warn");
  assert.equal(highestSeverity([records[6]]), null);
  assert.deepEqual(records.map((record) => isAtLeast(record, "warn")), [
    false,
    false,
    false,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("a structured body becomes JSON; a record without body shows its event name", () => {
  const [structured, event, empty] = readLogs({
    logs: [
      log({ body: { type: "kvlist", value: [{ key: "a", type: "int", value: "9007199254740993" }] } }),
      log({ body: { type: "empty", value: null }, event_name: "user.login" }),
      log({ body: null }),
    ],
  }).records;
  assert.deepEqual(JSON.parse(structured.body), { a: "9007199254740993" });
  assert.equal(headline(event), "user.login");
  assert.equal(headline(empty), "(no body)");
  assert.equal(headline({ ...empty, body: "one\ntwo" }), "one");
});

test("reading log records never fails", () => {
  for (const json of [null, 5, "x", {}, { logs: 7 }, { logs: [null, 4, { body: 3, attributes: "no", scope: 1 }] }]) {
    assert.ok(readLogs(json).records.length >= 0);
  }
});

test("a list of log records that is cut says how many there are", () => {
  assert.equal(listedText(100, 1_234, false), "The first 100 of 1,234 records. The Logs view has all of them.");
  assert.equal(
    listedText(100, 1_234, true),
    "The first 100 of 1,234 records. The trace has more records than the page loads.",
  );
  assert.equal(listedText(7, 7, false), "");
  assert.equal(
    listedText(7, 7, true),
    "The trace has more records than the page loads. The span may have others.",
  );
});
