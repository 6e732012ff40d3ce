// Names with a long shared prefix: every view shortens them in the same way, and keeps its columns in sight.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { handledBesideReal, longNames } from "./planted-trees.js";
import { browser, open, openWindow, otlp, shoot, storedRows } from "./stage.js";

const [long, short] = [randomId(16), randomId(16)];
/** Span id of a call. */
const call = randomId(8);
const PREFIX = "com.example.platform.commerce.fulfilment.orchestration";

before(async () => {
  const root = longNames();
  root.children = (root.children ?? []).map((child, at) => (at === 0 ? { ...child, id: call } : child));
  await sendTree(otlp, long, root);
  await sendTree(otlp, short, handledBesideReal());
  await storedRows(long, 10);
  await storedRows(short, 10);
});

/** @param {string} selector */
const texts = (selector) => `return [...document.querySelectorAll("${selector}")].map((part) => part.textContent)`;
/** @param {string} selector of elements that must not reach beyond the window */
const beyond = (selector) =>
  `return [...document.querySelectorAll("${selector}")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 0.5).length`;

test("table, flame graph and comparison shorten names from the left; the title has all of it", async () => {
  await open(long, "?view=table");
  await browser.until("the table", `return document.querySelector(".operations tbody tr") !== null`);
  const operations = await browser.run(texts(".operation-cell > .operation-link:first-child"));
  assert.ok(operations.includes("…CarrierService/ListPrices/zone"), operations.join());
  assert.ok(operations.every((name) => !name.includes(PREFIX)), operations.join());
  assert.ok(
    await browser.run(`return document.querySelector(".operation-link").title.startsWith(arguments[0])`, PREFIX),
  );
  await open(long, "?view=flame");
  await browser.run(`document.querySelector(".flame-canvas").focus()`);
  await browser.press("\uE015", "\uE015", "\uE007");
  await browser.until("the path", `return document.querySelectorAll(".flame-path .link-button").length > 1`);
  const path = await browser.run(texts(".flame-path .link-button"));
  assert.ok(path.slice(1).every((name) => name.startsWith("…") && !name.includes(PREFIX)), path.join());
  await open(short, `?view=compare&with=${long}`);
  await browser.until("the comparison", `return document.querySelectorAll(".comparison tbody tr").length > 5`);
  assert.equal(await browser.run(beyond(".comparison td, .comparison th")), 0);
  assert.ok((await browser.run(texts(".compare-name"))).every((name) => !name.includes(PREFIX)));
  await shoot("long-names-compare");
});

test("a service has one colour on its own page and in a comparison", async () => {
  const colorOf = (/** @type {string} */ selector) =>
    `return getComputedStyle(document.querySelector('${selector}')).getPropertyValue("--c")`;
  await open(long);
  const own = await browser.run(colorOf(`.chip[data-service="${PREFIX}.planner"]`));
  await open(short, `?view=compare&with=${long}`);
  await browser.until("the comparison", `return document.querySelectorAll(".comparison tbody tr").length > 5`);
  assert.equal(await browser.run(colorOf(`[title^="${PREFIX}.planner"]`)), own);
});

for (const width of [1400, 390]) {
  test(`in a window of ${width} px, the panel's head has name, kind and buttons side by side`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      await open(long, `?span=${call}&details`, window);
      await window.until("the panel", `return document.querySelector("#details:not([hidden]) .details-kind") !== null`);
      const boxes = await window.run(`return [".details-service-name", ".details-kind", ".details-head .button",
        ".details-head .button:last-child"].map((part) => document.querySelector(part).getBoundingClientRect())
        .map(({ left, right }) => [left, right])`);
      for (let at = 1; at < boxes.length - 1; at += 1) {
        assert.ok(boxes[at][0] >= boxes[at - 1][1], `part ${at} begins after the one before: ${JSON.stringify(boxes)}`);
      }
      assert.ok(boxes.at(-1)[1] <= width, "the last button is in sight");
      const text = await window.run(`return document.querySelector(".details-service").textContent`);
      assert.match(text, /^….*· (server|client|internal)$/);
      await shoot(`long-names-panel-${width}`, window);
    } finally {
      await window.close();
    }
  });
}
