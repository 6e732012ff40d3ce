import assert from "node:assert/strict";
import { test } from "node:test";
import { fullBar, mergeFeeds, readFeed, summarySubject } from "../assets/model/feed.js";
import { answeredBy, matches, parseQuery } from "../assets/model/query.js";

const [trace] = readFeed({
  traces: [{ trace_id: "ab".repeat(16), root_service: "gateway", root_name: "GET /api/activities/home", start_unix_nano: "5", duration: 42e6, spans: 11, errors: 1, services: [{ name: "gateway", spans: 3 }, { name: "users", spans: 4 }], status_code: 503 }],
});
const asks = (text) => matches(parseQuery(text), summarySubject(trace));

test("every term must hold", () => {
  assert.ok(asks("service=users status=error duration>40ms"));
  assert.ok(!asks("service=users duration>50ms"));
  assert.ok(asks(""));
});

test("a bare word is looked for everywhere, whatever its case", () => {
  assert.ok(asks("HOME"));
  assert.ok(asks("gate 503"));
  assert.ok(!asks("worf"));
  assert.ok(asks("error"));
});

test("a minus or != leaves out", () => {
  assert.ok(asks("-health"));
  assert.ok(!asks("-home"));
  assert.ok(!asks("service!=users"));
  assert.ok(asks("service!=activities"));
});

test("values may be quoted, and a service is meant whole", () => {
  assert.ok(asks('name="GET /api/activities"'));
  assert.ok(!asks("service=gate"));
  assert.ok(asks("service~gate"));
  assert.ok(asks("spans>=11 errors=1 status=503"));
});

test("what cannot be understood is said", () => {
  assert.match(parseQuery("duration>soon").problem ?? "", /no duration/);
  assert.match(parseQuery("colour=red").problem ?? "", /no field/);
  assert.equal(parseQuery("service=users").problem, null);
});

test("any text can be typed", () => {
  for (const text of ['"', "=", ">", "service=", "((((", "a=b=c", "duration>", "-", '""', "  ", "\u0000", "x".repeat(10_000)]) parseQuery(text);
});

test("the server is asked what it knows, the page what only it can say", () => {
  const by = (text) => answeredBy(parseQuery(text));
  assert.equal(by("service=users http.route=/users duration>5ms"), "server");
  assert.equal(by("home"), "both");
  assert.equal(by("spans>10"), "page");
  assert.equal(by("-health"), "page");
  assert.equal(by("duration>soon"), "page");
  assert.equal(by(""), "page");
});

test("two lists become one, each trace once, newest first", () => {
  const list = (...times) => readFeed({ traces: times.map((time) => ({ trace_id: `t${time}`, start_unix_nano: String(time) })) });
  assert.deepEqual(mergeFeeds(list(1, 3), list(2, 3)).map(({ id }) => id), ["t3", "t2", "t1"]);
});

test("one slow trace leaves the others their bars", () => {
  const list = readFeed({ traces: [5, 6, 7, 8, 1000].map((duration) => ({ duration })) });
  assert.equal(fullBar(list), 28);
  assert.equal(fullBar(list.slice(0, 0)), 1);
});

test("a term that is still being written asks nothing", () => {
  for (const text of ["service=", "users duration>", "http.route!=", "status=error -name~"]) {
    const { terms, problem } = parseQuery(text);
    assert.equal(problem, null, text);
    assert.ok(terms.every((term) => !/[=<>~]$/.test(term.text)), text);
  }
});
