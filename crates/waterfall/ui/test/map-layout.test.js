import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutMap, overlap } from "../assets/model/map-layout.js";
import { serviceMap } from "../assets/model/service-map.js";
import { Viewport } from "../assets/model/viewport.js";

const NONE_LEFT_OUT = { services: 0, operations: 0, calls: 0 };

/** @param {[string, string][]} pairs */
const mapOf = (pairs) =>
  serviceMap({
    from: 0n,
    to: 0n,
    leftOut: NONE_LEFT_OUT,
    services: [],
    operations: [],
    calls: pairs.map(([from, to], n) => ({
      from: { name: from, kind: "service" },
      to: { name: to, kind: "service" },
      byCaller: { spans: n + 1, errors: n % 7 === 0 ? 1 : 0, p50: 1, p95: 1_780_000, p99: 1, max: 1 },
      byCallee: null,
    })),
  });
const text = () => ["1,234 calls · avg 1.78 ms", "12 errors"];
const name = (n) => `service-${n}`;

/** @param {ReturnType<typeof mapOf>} map */
function assertNothingCovered(map) {
  const { boxes, edges } = layoutMap(map, text);
  const labels = edges.flatMap(({ label }) => label ? [label] : []);
  const all = [...boxes.values(), ...labels];
  for (const { edge, label, mark } of edges) {
    assert.equal(mark !== null, label === null && edge.errors > 0, "a failing call has a label or a mark");
  }
  for (const [at, one] of all.entries()) {
    for (const other of all.slice(at + 1)) assert.ok(!overlap(one, other), JSON.stringify([one, other]));
  }
  return labels.length;
}

test("labels of 40 services cover neither boxes nor one another", () => {
  const wide = Array.from({ length: 39 }, (_, n) => /** @type {[string, string]} */ ([name(0), name(n + 1)]));
  assert.ok(assertNothingCovered(mapOf(wide)) >= 5);
  const mesh = Array.from(
    { length: 120 },
    (_, n) => /** @type {[string, string]} */ ([name((n * 7) % 40), name((n * 11 + 3) % 40)]),
  );
  assertNothingCovered(mapOf(mesh));
});

test("a failing call has a mark where there is no room for its label, also if only its caller saw the error", () => {
  const parallel = Array.from({ length: 12 }, (_, n) => ({ name: name(n), kind: "service" }));
  const calls = parallel.flatMap((from) =>
    parallel.filter((to) => to !== from).map((to) => ({
      from,
      to,
      byCaller: { spans: 1, errors: 1, p50: 1, p95: 1, p99: 1, max: 1 },
      byCallee: { spans: 1, errors: 0, p50: 1, p95: 1, p99: 1, max: 1 },
    }))
  );
  const map = serviceMap({
    from: 0n,
    to: 0n,
    leftOut: NONE_LEFT_OUT,
    services: [],
    operations: [],
    calls,
  });
  const { edges } = layoutMap(map, text);
  assert.ok(edges.some(({ label }) => label === null), "there is no room for all labels");
  for (const { label, mark } of edges) assert.ok((label === null) === (mark !== null));
});

test("a call in each direction has a label of its own", () => {
  assert.equal(assertNothingCovered(mapOf([["a", "b"], ["b", "a"]])), 2);
  assert.equal(assertNothingCovered(mapOf([["a", "b"], ["b", "c"], ["c", "a"], ["a", "c"]])), 4);
});

test("a picture is fitted, zoomed around a point, and never lost", () => {
  const view = new Viewport();
  view.measure({ width: 2_000, height: 500 }, { width: 1_000, height: 500 });
  assert.deepEqual([view.scale, view.x, view.y], [0.6, 0, 100], "a large picture opens at a scale that can be read");
  view.fit();
  assert.deepEqual([view.scale, view.x, view.y], [0.5, 0, 125]);
  view.zoom(2, { x: 100, y: 225 });
  assert.deepEqual([view.scale, view.x, view.y], [1, -100, 25]);
  view.pan(-100_000, 100_000);
  assert.ok(view.x + 2_000 * view.scale > 0 && view.y < 500);
  view.measure({ width: 2_000, height: 500 }, { width: 500, height: 500 });
  assert.equal(view.scale, 1, "a zoomed picture keeps its scale when the window changes");
  view.fit();
  assert.equal(view.scale, 0.25);
  for (let n = 0; n < 100; n += 1) view.zoom(0.5);
  assert.ok(view.scale >= 0.1);
});
