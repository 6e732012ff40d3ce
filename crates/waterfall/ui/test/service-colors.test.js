import assert from "node:assert/strict";
import { test } from "node:test";
import { COLORS, ServiceColors, usualColor } from "../assets/model/service-colors.js";

const names = (count) => Array.from({ length: count }, (_, n) => `service-${n}`);
const apart = (services) => new ServiceColors().keepApart(services);
/** Two services whose usual colours are the same. */
const [first, second] = (() => {
  const one = "service-0";
  return [one, names(100).find((name) => name !== one && usualColor(name) === usualColor(one)) ?? ""];
})();

test("a service has the same colour in every trace, on every page and with every load", () => {
  for (const service of ["gateway", "activities", "users"]) {
    assert.equal(new ServiceColors().of(service), usualColor(service));
    assert.equal(apart(["users", "gateway", "activities"]).of(service), usualColor(service));
  }
  // The colours themselves are fixed: a change recolours what readers know.
  assert.deepEqual(["gateway", "activities", "users"].map(usualColor), [1, 5, 10]);
});

test("services of one trace have different colours as long as there are any left", () => {
  assert.notEqual(apart([first, second]).of(first), apart([first, second]).of(second));
  for (let count = 2; count <= COLORS; count += 1) {
    const colors = apart(names(count));
    assert.equal(new Set(names(count).map((name) => colors.of(name))).size, count);
  }
});

test("colours that collide depend on the services alone, not on the order in which a page reads them", () => {
  const shown = names(COLORS);
  const [one, other] = [apart(shown), apart([...shown].reverse())];
  for (const name of shown) assert.equal(one.of(name), other.of(name));
  assert.equal(apart([second, first]).of(first), usualColor(first), "the first by name keeps its colour");
});

test("a service that arrives late recolours none", () => {
  const colors = apart([second]);
  colors.keepApart([first, second]);
  assert.equal(colors.of(second), usualColor(second));
  assert.notEqual(colors.of(first), colors.of(second));
});

test("beyond the palette, colours repeat evenly", () => {
  const many = names(2 * COLORS);
  const colors = apart(many);
  for (let color = 0; color < COLORS; color += 1) {
    assert.equal(many.filter((name) => colors.of(name) === color).length, 2);
  }
});

test("hashes spread over the palette", () => {
  const uses = new Array(COLORS).fill(0);
  for (const name of names(1_200)) uses[usualColor(name)] += 1;
  assert.ok(Math.min(...uses) > 60 && Math.max(...uses) < 150, uses.join());
});
