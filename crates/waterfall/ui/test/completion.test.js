import assert from "node:assert/strict";
import { test } from "node:test";
import { applyOption, readCompletion } from "../assets/model/completion.js";
import { completeFind } from "../assets/model/find-completion.js";
import { readSpanIndex } from "../assets/model/span-index.js";
import { TraceScreen } from "../assets/model/trace-screen.js";
import { traceOf } from "./support.js";

const option = (text) => ({ text, label: text, detail: "", kind: "" });

test("an option replaces the typed text and places the caret for further typing", () => {
  assert.deepEqual(applyOption("ser", { from: 0, to: 3, options: [] }, option("service=")), {
    query: "service=",
    caret: 8,
  });
  assert.deepEqual(applyOption("service=us", { from: 0, to: 10, options: [] }, option("service=users")), {
    query: "service=users ",
    caret: 14,
  });
  assert.deepEqual(applyOption("service=us status=error", { from: 0, to: 10, options: [] }, option("service=users")), {
    query: "service=users status=error",
    caret: 14,
  });
});

test("the caret counts UTF-16 units, also after an emoji", () => {
  const query = "name=😀 ser";
  assert.equal(applyOption(query, { from: 8, to: 11, options: [] }, option("service=")).query, "name=😀 service=");
});

test("an invalid response completes nothing", () => {
  assert.deepEqual(readCompletion(null, "abc"), { from: 0, to: 0, options: [] });
  assert.deepEqual(readCompletion({ from: -5, to: 900, options: [{ text: "" }, 5, { text: "a" }] }, "abc"), {
    from: 0,
    to: 3,
    options: [{ text: "a", label: "a", detail: "", kind: "" }],
  });
});

const screen = new TraceScreen(traceOf("root 0+100 @gateway\n  SELECT_users 0+10 @users #client\n  b 20+10 @users"));
screen.trace.names[1] = "SELECT users";
const labels = (query, caret = query.length) => completeFind(query, caret, screen).options.map(({ label }) => label);

test("a search is completed by fields, then by the values of a field", () => {
  assert.deepEqual(labels("s"), ["service", "status", "self", ...labels("s").slice(3)]);
  assert.deepEqual(labels("service="), ["gateway", "users"]);
  assert.deepEqual(labels("status=er"), ["error"]);
  assert.deepEqual(completeFind("kind!=cl", 8, screen).options[0], {
    text: "kind!=client",
    label: "client",
    detail: "kind",
    kind: "value",
  });
  assert.deepEqual(labels("duration>5"), []);
});

test("values with spaces are quoted, and an open quote belongs to its term", () => {
  const [found] = completeFind('x name="SELECT u', 16, screen).options;
  assert.equal(found.text, 'name="SELECT users"');
  assert.equal(completeFind('x name="SELECT u', 16, screen).from, 2);
});

test("attribute keys complete once the index is loaded", () => {
  assert.deepEqual(labels("http"), []);
  screen.setIndex(
    readSpanIndex({
      result: {
        resourceSpans: [{
          scopeSpans: [{
            spans: [{
              spanId: screen.trace.ids[0],
              attributes: [{ key: "http.route", value: { stringValue: "/users" } }],
            }],
          }],
        }],
      },
    }, screen.trace),
  );
  assert.deepEqual(labels("http"), ["http.route"]);
  assert.deepEqual(completeFind("http.route=", 11, screen).options[0].text, "http.route=/users");
});
