import assert from "node:assert/strict";
import { test } from "node:test";
import { COLORS, ServiceColors } from "../assets/model/service-colors.js";

const memory = (names = []) => {
  let text = JSON.stringify(names);
  return { load: () => text, save: (next) => void (text = next) };
};
const names = (count) => Array.from({ length: count }, (_, n) => `service-${n}`);

test("services of one trace have different colours as long as there are any left", () => {
  // The 1st and the 13th service known to this browser share their usual colour.
  const colors = new ServiceColors(memory(names(40)));
  const shown = ["service-0", "service-12", "service-24", "service-5"];
  assert.equal(colors.of("service-0"), colors.of("service-12"));
  colors.keepApart(shown);
  assert.equal(new Set(shown.map((name) => colors.of(name))).size, shown.length);
  assert.equal(colors.of("service-5"), 5, "a service keeps its usual colour where it can");
  const many = names(COLORS).map((name) => `new-${name}`);
  const others = new ServiceColors(memory(names(7)));
  others.keepApart(many);
  assert.equal(new Set(many.map((name) => others.of(name))).size, COLORS);
});

test("a service that arrives late recolours none", () => {
  const colors = new ServiceColors(memory(names(40)));
  colors.keepApart(["service-12"]);
  colors.keepApart(["service-0", "service-12"]);
  assert.equal(colors.of("service-12"), 0);
  assert.notEqual(colors.of("service-0"), 0);
});

test("beyond the palette, colours repeat evenly", () => {
  const colors = new ServiceColors(memory());
  const many = names(2 * COLORS);
  colors.keepApart(many);
  for (let color = 0; color < COLORS; color += 1) {
    assert.equal(many.filter((name) => colors.of(name) === color).length, 2);
  }
});
