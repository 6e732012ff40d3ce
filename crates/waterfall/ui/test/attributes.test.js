import assert from "node:assert/strict";
import { test } from "node:test";
import { attributeText, groupAttributes } from "../assets/model/attributes.js";
import { readSpanDetails } from "../assets/model/span-details.js";
import { columnOf, indentFor, treeLines } from "../assets/model/tree-lines.js";
import { Outline } from "../assets/model/outline.js";
import { deepTrace, traceOf } from "./support.js";

const attribute = (key, value = "x") => ({ key, type: "string", value });

test("attributes are grouped by convention, errors first, application attributes second", () => {
  const groups = groupAttributes(
    ["url.path", "app.now", "http.route", "db.system.name", "error.type", "weird"].map((key) => attribute(key)),
  );
  assert.deepEqual(groups.map(({ title, attributes }) => [title, attributes.map(({ key }) => key)]), [
    ["Error", ["error.type"]],
    ["Application", ["app.now", "weird"]],
    ["HTTP", ["http.route", "url.path"]],
    ["Database", ["db.system.name"]],
  ]);
});

test("every attribute value has a text form", () => {
  assert.equal(attributeText(attribute("a", "9007199254740993")), "9007199254740993");
  assert.equal(attributeText({ key: "a", type: "array", value: ["x", 1] }), '["x", 1]');
  const nested = {
    key: "a",
    type: "kvlist",
    value: [{ key: "n", type: "int", value: "9007199254740993" }, {
      key: "l",
      type: "array",
      value: [{ type: "bool", value: true }],
    }],
  };
  assert.deepEqual(JSON.parse(attributeText(nested)), { n: "9007199254740993", l: [true] });
  assert.equal(attributeText({ key: "a", type: "bool", value: false }), "false");
  assert.equal(attributeText({ key: "a", type: "string", value: null }), "");
});

test("span details are read from incomplete responses", () => {
  const details = readSpanDetails({ events: [{}, null], links: [{ trace_id: "a", span_id: "b" }], attributes: [null] });
  assert.equal(details.events.length, 2);
  assert.equal(details.links[0].traceId, "a");
  assert.equal(readSpanDetails(null).startNano, 0n);
});

test("tree lines connect each parent to its last child", () => {
  const outline = new Outline(traceOf(`
root 0+9
  a 1+1
  b 2+1`));
  const indent = indentFor(1, 200, 0);
  assert.equal(treeLines(outline, 0, indent, 28, 14), "M7.5 20V28");
  assert.equal(treeLines(outline, 1, indent, 28, 14), "M7.5 0V28M7.5 14H20.5");
  assert.equal(treeLines(outline, 2, indent, 28, 14), "M7.5 0V14M7.5 14H20.5");
});

test("a deep tree keeps its names within the column", () => {
  const indent = indentFor(9_999, 200, 5_000);
  assert.ok(columnOf(indent, 5_000) === 0);
  assert.ok(columnOf(indent, 9_999) * indent.step <= 200);
  const lines = treeLines(new Outline(deepTrace(10_000)), 9_000, indent, 28, 14);
  assert.ok(lines.length < 2_000);
});
