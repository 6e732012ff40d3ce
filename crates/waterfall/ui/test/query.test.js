import assert from "node:assert/strict";
import { test } from "node:test";
import { bareWords, completeTerms, matchesWords, queryOf, quoteValue } from "../assets/model/trace-filter.js";
import { mergeTraceLists, readTraceList } from "../assets/model/trace-list.js";
import { matches, parseQuery } from "../assets/model/query.js";
import { spanFields } from "../assets/model/span-fields.js";
import { traceOf } from "./support.js";

const spans = traceOf("GET_/users/home 0+42000000 @users #server !");
const asks = (text) => matches(parseQuery(text), spanFields(spans, spans.self, null).at(0));

test("all terms must match", () => {
  assert.ok(asks("service=users status=error duration>40ms"));
  assert.ok(!asks("service=users duration>50ms"));
  assert.ok(asks(""));
});

test("a word matches any text, ignoring case", () => {
  assert.ok(asks("HOME"));
  assert.ok(asks("user /home"));
  assert.ok(!asks("worf"));
  assert.ok(asks("error"));
});

test("a minus or != excludes", () => {
  assert.ok(asks("-health"));
  assert.ok(!asks("-home"));
  assert.ok(!asks("service!=users"));
  assert.ok(asks("service!=activities"));
});

test("values may be quoted, and a service must match exactly", () => {
  assert.ok(asks('name="GET_/users"'));
  assert.ok(!asks("service=user"));
  assert.ok(asks("service~user"));
  assert.ok(asks("depth=1 self>=42ms kind=server"));
});

test("a quoted value holds quotes and backslashes", () => {
  const odd = String.raw`say "hi" C:\temp`;
  const [term] = parseQuery(`name=${quoteValue(odd)} kind=server`).terms;
  assert.equal(term.text, odd.toLowerCase());
  assert.equal(parseQuery(`name=${quoteValue(odd)} kind=server`).terms.length, 2);
});

test("invalid terms are reported", () => {
  assert.match(parseQuery("duration>soon").problem ?? "", /not a duration/);
  assert.match(parseQuery("colour=red").problem ?? "", /Unknown field/);
  assert.equal(parseQuery("service=users").problem, null);
});

test("parsing never fails", () => {
  for (
    const text of [
      '"',
      "=",
      ">",
      "service=",
      "((((",
      "a=b=c",
      "duration>",
      "-",
      '""',
      "  ",
      "\u0000",
      "x".repeat(10_000),
    ]
  ) parseQuery(text);
});

test("a trailing unfinished term is not sent to the server", () => {
  assert.equal(completeTerms(" service=users http.route= "), "service=users http.route=");
  assert.equal(completeTerms("service=users http.route="), "service=users");
  assert.equal(completeTerms("duration>"), "");
  assert.equal(completeTerms('name="a b'), 'name="a b');
  assert.equal(queryOf("service=users http.route=", ""), "service=users");
  assert.equal(queryOf("foo= ", "foo= "), "foo=");
});

test("plain words match the listed services, ids and status codes", () => {
  const [trace] = readTraceList({
    traces: [{
      trace_id: "ab".repeat(16),
      root_service: "gateway",
      root_name: "GET /api/home",
      errors: 1,
      services: [{ name: "users" }],
      status_code: 503,
    }],
  });
  assert.deepEqual(bareWords("Gate 503"), ["gate", "503"]);
  for (const text of ["service=users", '"a b"', "-health", "a*", "", "a -b"]) assert.equal(bareWords(text), null, text);
  assert.ok(matchesWords(trace, ["gate", "503", "user", "abab", "error"]));
  assert.ok(!matchesWords(trace, ["gate", "worf"]));
});

test("merged lists have each trace once, newest first", () => {
  const list = (...times) =>
    readTraceList({ traces: times.map((time) => ({ trace_id: `t${time}`, start_unix_nano: String(time) })) });
  assert.deepEqual(mergeTraceLists(list(1, 3), list(2, 3)).map(({ id }) => id), ["t3", "t2", "t1"]);
});

test("an unfinished term is ignored", () => {
  for (const text of ["service=", "users duration>", "http.route!=", "status=error -name~"]) {
    const { terms, problem } = parseQuery(text);
    assert.equal(problem, null, text);
    assert.ok(terms.every((term) => !/[=<>~]$/.test(term.text)), text);
  }
});

test("quoting escapes quotes and backslashes", () => {
  assert.equal(quoteValue(`a "b" \\ c`), `"a \\"b\\" \\\\ c"`);
});

test("an attribute is compared with numbers only", () => {
  assert.match(parseQuery("http.route>abc").problem ?? "", /not a number/);
  assert.equal(parseQuery("http.response.status_code>=500").problem, null);
});
