// How attribute values are shown: JSON, statements, stack traces, lists; events in pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keyParts, matchesFilter, shownValue } from "../assets/model/attribute-value.js";
import { longestPause, pageOf } from "../assets/model/event-list.js";
import { foldedText, parseJsonText } from "../assets/model/json-text.js";
import { readSpanDetails } from "../assets/model/span-details.js";
import { formatSql } from "../assets/model/sql.js";

const string = (key, value) => ({ key, type: "string", value });

test("a statement is broken before its main clauses, and no token changes", () => {
  assert.equal(
    formatSql(
      "SELECT a, 'x  FROM y' FROM t LEFT JOIN u ON u.id = t.id WHERE a BETWEEN 1 AND 2 AND b IN (SELECT b " +
        "FROM v WHERE c = $1) OR d = ? ORDER BY a LIMIT 10",
    ),
    `SELECT a, 'x  FROM y'
FROM t
LEFT JOIN u ON u.id = t.id
WHERE a BETWEEN 1 AND 2
  AND b IN (
    SELECT b
    FROM v
    WHERE c = $1
  )
  OR d = ?
ORDER BY a
LIMIT 10`,
  );
  assert.equal(
    formatSql("insert into t (a, b) values ($1, $2) on conflict do nothing returning a"),
    "insert into t (a, b)\nvalues ($1, $2)\non conflict do nothing\nreturning a",
  );
  const statements = [
    "SELECT count(*), substring(a from 1 for 3) FROM \"from\" WHERE a = 'it''s' AND b->>'x' <> E'\\n' -- FROM z",
    "UPDATE t SET a = a||$tag$ SELECT $tag$ /* WHERE */ WHERE ((a))",
    "SELECT '",
    "SELECT ((((",
    "DELETE FROM t )))",
  ];
  const tokens = (text) => text.replace(/\s+/g, "");
  for (const text of statements) assert.equal(tokens(formatSql(text)), tokens(text));
  for (const text of ["EXPLAIN me", "SELECT 1\nFROM a", `SELECT ${"a,".repeat(20_000)}`]) {
    assert.equal(formatSql(text), text);
  }
});

test("JSON becomes a tree whose literals are as they were written", () => {
  const json = parseJsonText('{"id": 9007199254740993, "a,:[": [1.50, {"b": null}], "e": {}, "t": "x\\"y"}');
  assert.deepEqual(json.children.map(({ key, text, open }) => [key, text, open]), [
    ['"id"', "9007199254740993", ""],
    ['"a,:["', "", "["],
    ['"e"', "", "{"],
    ['"t"', '"x\\"y"', ""],
  ]);
  assert.equal(json.children[1].children[1].children[0].text, "null");
  assert.equal(foldedText(json), "{ 4 keys }");
  assert.equal(foldedText(json.children[1]), "[ 2 items ]");
  for (const text of ["{", "[1,]", "7", '"a"', "", `${"[".repeat(99)}${"]".repeat(99)}`, `[${"1,".repeat(6_000)}1]`]) {
    assert.equal(parseJsonText(text), null, text.slice(0, 20));
  }
});

test("each kind of value has its form, and the original is copied", () => {
  const sql = shownValue(string("db.query.text", "SELECT a FROM t"));
  assert.deepEqual([sql.form, sql.text, sql.original], ["sql", "SELECT a\nFROM t", "SELECT a FROM t"]);
  assert.equal(shownValue(string("exception.stacktrace", "E: x\n\tat a.b(C.java:1)")).form, "stack");
  assert.equal(shownValue(string("payload", `{"a": "${"x".repeat(80)}"}`)).form, "json");
  assert.equal(shownValue({ key: "n", type: "int", value: "7" }).form, "line");
  assert.equal(shownValue({ key: "l", type: "array", value: [1, 2, 3] }).text, "[1, 2, 3]");
  const long = shownValue({ key: "l", type: "array", value: Array.from({ length: 60 }, (_, n) => n) });
  assert.ok(long.form === "block" && !long.text.includes("\n"));
});

test("keys break at dots", () => {
  assert.deepEqual(keyParts("http.request.header"), ["http.", "request.", "header"]);
  for (const key of ["", "a", ".", "..a..", "a."]) assert.equal(keyParts(key).join(""), key);
});

test("the filter looks for all words in key and value", () => {
  const tier = string("map.storage.tier", "Archive");
  assert.ok(["", "  ", "tier", "storage arch", "ARCHIVE"].every((filter) => matchesFilter(tier, filter)));
  assert.ok(!matchesFilter(tier, "tier standard"));
});

test("totals, and what differs from the siblings, are read from the response", () => {
  const details = readSpanDetails({
    events: [{ offset: 9 }, { offset: 3 }],
    event_count: 5_000,
    attributes: [{ key: "tier", type: "string", value: "slow" }],
    siblings: {
      compared: 23,
      differences: [
        { key: "tier", usual: { type: "string", value: "fast" }, shared_by: 22 },
        { key: "zone", usual: { type: "int", value: "1" }, shared_by: 23 },
      ],
    },
  });
  assert.deepEqual(details.total, { attributes: 1, events: 5_000, links: 0 });
  assert.deepEqual(details.events.map(({ offset }) => offset), [3, 9]);
  assert.equal(details.siblings.differences[0].own.value, "slow");
  assert.deepEqual(details.siblings.differences[0].usual, { key: "tier", type: "string", value: "fast" });
  assert.equal(details.siblings.differences[1].own, null);
  assert.equal(readSpanDetails({}).siblings, null);
});

test("the longest pause between events is found, unless all are alike", () => {
  const events = Array.from(
    { length: 500 },
    (_, n) => ({ name: "e", offset: n + (n > 311 ? 4_000 : 0), attributes: [] }),
  );
  assert.deepEqual(longestPause(events), { after: 312, length: 4_001 });
  assert.equal(pageOf(312), 200);
  assert.equal(pageOf(200), 0);
  assert.equal(longestPause(events.slice(0, 300)), null);
  assert.equal(longestPause([]), null);
  assert.equal(longestPause(Array.from({ length: 20 }, () => ({ name: "e", offset: 1, attributes: [] }))), null);
});
