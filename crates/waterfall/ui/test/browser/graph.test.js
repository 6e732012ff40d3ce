// The graph of services: cards hold their text, all of it is in view when it opens, services and calls can be selected.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { frozenCallee, handledBesideReal } from "./planted-trees.js";
import { browser, open, openWindow, otlp, shoot, storedRows } from "./stage.js";
import { Key } from "./webdriver.js";

const [handled, frozen] = [randomId(16), randomId(16)];

before(async () => {
  await sendTree(otlp, handled, handledBesideReal());
  await sendTree(otlp, frozen, frozenCallee());
  await storedRows(handled, 10);
  await storedRows(frozen, 4);
});

/** Texts that stick out of their card. */
const STICKING_OUT = `return [...document.querySelectorAll(".graph-node")].flatMap((node) =>
  [...node.querySelectorAll(".badge, .graph-metrics, .graph-bar, .chip-name")].filter((part) =>
    part.getBoundingClientRect().right > node.getBoundingClientRect().right - 4 ||
    part.scrollWidth > part.clientWidth + 1)
    .map((part) => part.textContent))`;
/** Services outside of the picture's window. */
const OUT_OF_SIGHT = `const window = document.querySelector(".pan-window").getBoundingClientRect();
  return [...document.querySelectorAll(".graph-node")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.left < window.left || box.right > window.right || box.top < window.top || box.bottom > window.bottom;
  }).map((node) => node.textContent)`;
const VIEW = `return document.querySelector('#views [aria-pressed="true"]').dataset.view`;

for (const [width, height] of [[1400, 900], [600, 900], [390, 844]]) {
  test(`in a window of ${width} px, all services are in sight and no text sticks out of its card`, async () => {
    const window = await openWindow({ width, height });
    try {
      for (const trace of [handled, frozen]) {
        await open(trace, "?view=graph", window);
        await window.until("the graph", `return document.querySelector(".graph-node") !== null`);
        assert.deepEqual(await window.run(STICKING_OUT), []);
        assert.deepEqual(await window.run(OUT_OF_SIGHT), []);
        await shoot(`graph-${trace === frozen ? "frozen" : "handled"}-${width}`, window);
      }
    } finally {
      await window.close();
    }
  });
}

test("a failing call has its text where there is room", async () => {
  await open(frozen, "?view=graph");
  await browser.until("the graph", `return document.querySelector(".graph-node") !== null`);
  const labels = `return [...document.querySelectorAll(".graph-label")].filter((label) => label.offsetParent)
    .map((label) => label.textContent)`;
  assert.match(String(await browser.run(labels)), /1 call given up after 852 ms/);
  assert.equal(await browser.run(`return document.querySelector(".graph-mark")`), null);
});

test("a click selects a service or a call, and a button says what it opens", async () => {
  const card = `return document.querySelector(".map-card:not([hidden])")?.textContent ?? ""`;
  await open(frozen, "?view=graph");
  await browser.until("the graph", `return document.querySelector(".graph-node") !== null`);
  await browser.click(".graph-node");
  assert.match(await browser.run(card), /checkout2 spans.*Show its 2 spans in the waterfall/);
  assert.equal(await browser.run(VIEW), "graph", "nothing else happens");
  // The line beside the label.
  const [x, y] = await browser.run(`const [from, label] = [document.querySelector(".graph-node"),
    document.querySelector(".graph-label")].map((part) => part.getBoundingClientRect());
    return [(from.right + label.left) / 2, (from.top + from.bottom) / 2]`);
  await browser.point(x, y);
  assert.equal(await browser.run(`return document.querySelectorAll(".graph-edge.marked").length`), 1);
  await browser.drag([x, y], [x, y]);
  assert.match(
    await browser.run(card),
    /checkout → payments.*given up.*caller gave up after 852 ms, callee worked 4\.00 ms.*Open the failed call/,
  );
  await browser.click(".map-card > .button");
  await browser.until("the details", `return document.querySelector("#details:not([hidden])") !== null`);
  assert.equal(await browser.run(VIEW), "graph");
  await browser.click(".graph-node");
  await browser.click(".map-card > .button");
  assert.equal(await browser.run(VIEW), "waterfall");
});

test("a service of the graph and a heading of the table keep the focus when the trace grows or is sorted", async () => {
  const trace = randomId(16);
  const root = { service: "front", name: "GET /", kind: /** @type {const} */ ("server"), at: 0, lasts: 900 };
  const call = (/** @type {number} */ at) => ({ ...root, service: "back", name: "GET /part", at, lasts: 100 });
  const [id, start] = [randomId(8), startNano()];
  await sendTree(otlp, trace, { ...root, id, children: [call(100)] }, start);
  await storedRows(trace, 2);
  await open(trace, "?view=graph");
  await browser.until("two services", `return document.querySelectorAll(".graph-node").length === 2`);
  await browser.run(`document.querySelectorAll(".graph-node")[1].focus()`);
  const focused = `return document.activeElement?.textContent ?? ""`;
  assert.match(await browser.run(focused), /^back/);
  await sendTree(otlp, trace, { ...call(500), parent: id }, start);
  await browser.until(
    "the second call",
    `return document.querySelector(".graph-label").textContent.includes("2 calls")`,
  );
  assert.match(await browser.run(focused), /^back.*2 spans/);
  await browser.click(`#views [data-view="table"]`);
  await browser.run(`document.querySelectorAll(".operations th button")[3].focus()`);
  await browser.press(Key.enter);
  assert.equal(await browser.run(focused), "Spans ↓");
});
