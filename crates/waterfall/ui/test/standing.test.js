import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, readFigures, standing, standingPlace } from "../assets/model/standing.js";

const operation = { service: "users", name: "SELECT users", kind: "client", spans: 100, errors: 2, p50: 10, p95: 40, p99: 90, max: 160 };
const figures = readFigures({ operations: [operation, { ...operation, name: "rare", spans: 2 }], calls: [{ parent: "a", child: "b", calls: 3, errors: 1 }] });

test("an operation is one service's, by name and kind, and has enough spans to compare with", () => {
  assert.deepEqual(figuresOf(figures, "users", "SELECT users", "client"), operation);
  assert.equal(figuresOf(figures, "users", "SELECT users", "server"), null);
  assert.equal(figuresOf(figures, "users", "rare", "client"), null);
  assert.deepEqual(figures.calls, [{ from: "a", to: "b", calls: 3, errors: 1 }]);
});

test("a duration's standing is said in words", () => {
  assert.deepEqual([5, 10, 50, 95, 160].map((duration) => standing(operation, duration)), ["quicker than half", "slower than half", "slower than 95%", "slower than 99%", "the slowest kept"]);
});

test("a place lies between nothing and the slowest", () => {
  assert.deepEqual([0, 40, 160, 999].map((duration) => standingPlace(operation, duration)), [0, 0.5, 1, 1]);
});

test("whatever the answer is, reading throws nothing", () => {
  for (const answer of [null, 3, { operations: [null, 7, {}], calls: "x" }]) assert.equal(readFigures(answer).calls.length, 0);
});
