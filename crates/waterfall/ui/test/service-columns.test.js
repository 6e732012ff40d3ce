import assert from "node:assert/strict";
import { test } from "node:test";
import { newNode, placeServices, withCycles } from "../assets/model/service-columns.js";

/** @typedef {{ from: number, to: number }} Call */

/**
 * @param {number} count of services
 * @param {Call[]} calls
 * @param {number[]} callers
 */
function place(count, calls, callers) {
  const nodes = Array.from({ length: count }, (_, service) => newNode(service));
  const edges = /** @type {any[]} */ (calls);
  const size = placeServices(nodes, edges, withCycles(nodes, edges, new Set(callers)));
  return { columns: nodes.map(({ column }) => column), lines: size.lines };
}

/** @param {number} count */
const chain = (count) => Array.from({ length: count - 1 }, (_, from) => ({ from, to: from + 1 }));

test("a service is in the column after the last of its callers", () => {
  const calls = [{ from: 0, to: 3 }, { from: 0, to: 1 }, { from: 1, to: 2 }, { from: 2, to: 3 }, { from: 0, to: 4 }];
  assert.deepEqual(place(5, calls, [0]), { columns: [0, 1, 2, 3, 1], lines: 2 });
});

test("a call that closes a cycle moves no service", () => {
  const calls = [...chain(4), { from: 3, to: 1 }, { from: 2, to: 0 }];
  assert.deepEqual(place(4, calls, [0]).columns, [0, 1, 2, 3]);
  // Nothing calls the first one of a cycle from outside.
  assert.deepEqual(place(3, [...chain(3), { from: 2, to: 0 }], []).columns, [0, 1, 2]);
});

test("a cycle beside the first caller has columns of its own", () => {
  const calls = [{ from: 0, to: 1 }, { from: 3, to: 4 }, { from: 4, to: 3 }];
  assert.deepEqual(place(5, calls, [0]).columns, [0, 1, 0, 0, 1]);
});

test("20,000 services that call each other in a chain are placed", () => {
  const { columns, lines } = place(20_000, chain(20_000), [0]);
  assert.deepEqual([columns[19_999], lines], [19_999, 1]);
});
