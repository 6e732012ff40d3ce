import assert from "node:assert/strict";
import { test } from "node:test";
import { readKept, readOverview, suppressionChoices, suppressionText } from "../assets/model/doctor.js";

const finding = (
  /** @type {Partial<{ from: string, to: string, route: string }>} */ hop,
) => /** @type {import("../assets/model/findings.js").Finding} */ (/** @type {unknown} */ ({
  code: "calls-in-a-row",
  hop: { from: "", to: "", route: "", ...hop },
}));

test("the narrowest suppression is offered first, as far as the finding names its place", () => {
  assert.deepEqual(suppressionChoices(finding({ from: "web", to: "shop", route: "/cart" })), [
    { label: "on /cart of shop", entry: { code: "calls-in-a-row", service: "shop", route: "/cart" } },
    { label: "in shop", entry: { code: "calls-in-a-row", service: "shop" } },
    { label: "anywhere", entry: { code: "calls-in-a-row" } },
  ]);
  assert.deepEqual(suppressionChoices(finding({ from: "web" })).map(({ label }) => label), ["in web", "anywhere"]);
});

test("suppressions are read with what they leave out", () => {
  const wire = { code: null, service: "shop", route: "/cart", reason: "known", findings: 2, ofPage: true };
  const [one] = readOverview({ suppressions: [wire] }).suppressions;
  assert.deepEqual(one, { code: "", service: "shop", route: "/cart", reason: "known", findings: 2, ofPage: true });
  assert.equal(suppressionText(one), "any finding in shop on /cart: known");
  assert.equal(suppressionText({ ...one, code: "clock-skew", service: "", route: "", reason: "" }), "clock-skew");
  assert.deepEqual(readOverview({}).suppressions, []);
  assert.deepEqual(readKept({ kept: "yes", toml: 1 }), { kept: false, toml: "" });
});
