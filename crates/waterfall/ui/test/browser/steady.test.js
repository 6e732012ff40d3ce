// What one reads does not overlap, and what one points at does not move.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { frozenCallee, handledBesideReal, retries } from "./planted-trees.js";
import { browser, home, open, openWindow, otlp, shoot, storedRows, waterfall } from "./stage.js";
import { skewed } from "./traces.js";
import { Key } from "./webdriver.js";

const [failing, handled, skew] = [randomId(16), randomId(16), randomId(16)];
const service = `steady-${randomId(4)}`;
const DAY_MICROS = 86_400_000_000;

before(async () => {
  await sendTree(otlp, failing, { ...retries(), service });
  await sendTree(otlp, handled, handledBesideReal());
  await sendTree(otlp, skew, skewed());
  await storedRows(failing, 10);
  await storedRows(handled, 10);
  await storedRows(skew, 6);
});

/**
 * Script that returns pairs of texts that cover one another within an element of `selector`, or that stick out of it.
 * @param {string} selector
 * @param {string} parts
 */
const overlaps = (selector, parts) => `
  const seen = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  return [...document.querySelectorAll(${JSON.stringify(selector)})].filter(seen).flatMap((whole) => {
    const boxes = [...whole.querySelectorAll(${JSON.stringify(parts)})].filter((part) => part.textContent && seen(part))
      .map((part) => ({ text: part.textContent, box: part.getBoundingClientRect() }));
    return boxes.flatMap(({ text, box: a }, n) => boxes.slice(n + 1)
      .filter(({ box: b }) => a.left < b.right - 0.5 && b.left < a.right - 0.5 &&
        a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5)
      .map((other) => text + " | " + other.text));
  })`;

for (const [width, height] of [[1400, 900], [600, 900], [390, 844]]) {
  test(`in a window of ${width} px, the name, the message and the time of a row stand side by side`, async () => {
    const window = await openWindow({ width, height });
    try {
      const parts = ".service, .span-name, .called, .note, .message, .badges > *, .duration-cell";
      for (const [name, trace] of [["trace", failing], ["handled", handled], ["skew", skew]]) {
        await open(trace, "", window);
        assert.deepEqual(await window.run(overlaps("#rows .row", parts)), [], name);
        await shoot(`steady-${name}-${width}`, window);
      }
      await window.go(`${waterfall}/?find=service%3D${service}`);
      await window.until("the trace", `return document.querySelector('[data-trace="${failing}"]') !== null`);
      const listed =
        ".trace-list-time, .trace-list-root, .trace-list-services, .trace-list-spans, .trace-list-duration";
      assert.deepEqual(await window.run(overlaps(".trace-list-row", listed)), []);
      assert.deepEqual(await window.run(overlaps(".trace-list-root", "span")), []);
      await shoot(`steady-list-${width}`, window);
    } finally {
      await window.close();
    }
  });
}

/** Those in sight: what is below the list moves with its end. */
const BUTTONS = `return [...document.querySelectorAll("button, .page-tabs a, #crumb-list, input")]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().top < innerHeight)
  .map((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [element.id || element.textContent, left, top, width, height].join(" ");
  })`;

/**
 * Types letter by letter; whatever was to be clicked before is where it was, after each.
 * @param {string} box
 * @param {string} text
 */
async function typeAndWatch(box, text) {
  await browser.click(box);
  const before = new Set(await browser.run(BUTTONS));
  for (const letter of text) {
    await browser.press(letter);
    const after = new Set(await browser.run(BUTTONS));
    assert.deepEqual([...before].filter((button) => !after.has(button)), [], `after ${letter}`);
  }
}

test("typing moves no button: in the filter of the list, and in the search within a trace", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await typeAndWatch("#filter", "users");
  await open(home);
  await typeAndWatch("#search input", "select");
});

test("whatever downloads a file says so before it is clicked", async () => {
  await open(home);
  const links = await browser.run(`return [...document.querySelectorAll('a[href*="export"], a[download]')]
    .map((link) => ({ download: link.hasAttribute("download"), icon: link.querySelector("svg") !== null,
      label: link.getAttribute("aria-label") }))`);
  assert.ok(links.length >= 2);
  for (const link of links) {
    assert.ok(link.download && link.icon, JSON.stringify(link));
    assert.match(link.label, /^Download as /);
  }
});

test("beside traces of microseconds, a trace of a day leaves the chart's labels apart", async () => {
  const service = `scale-${randomId(4)}`;
  const now = startNano();
  const send = (/** @type {number} */ ago, /** @type {number} */ lasts) => {
    const start = now - BigInt(ago) * 1_000_000_000n;
    return sendTree(otlp, randomId(16), { service, name: "GET", kind: "server", at: 0, lasts }, start);
  };
  await send(86_400, DAY_MICROS);
  for (const [n, lasts] of [3, 40, 700, 9_000, 120_000, 4_000_000].entries()) await send(60 - n * 10, lasts);
  for (const width of [1400, 390]) {
    const window = await openWindow({ width, height: 900 });
    try {
      await window.go(`${waterfall}/?find=service%3D${service}`);
      await window.until("the traces", `return document.querySelectorAll(".trace-list-row").length === 7`);
      await window.until("the chart", `return document.querySelectorAll(".scatter-picture .dot-mark").length === 7`);
      assert.deepEqual(await window.run(overlaps(".scatter-picture", "text")), []);
      assert.deepEqual(await window.run(overlaps(".histogram", "text")), []);
      const [first, last] = await window.run(
        `return [...document.querySelectorAll(".scatter-picture text")].slice(-2).map((text) => text.textContent)`,
      );
      assert.match(first, /\d\d-\d\d \d\d:\d\d/, `${first} to ${last}`);
      await shoot(`steady-chart-${width}`, window);
    } finally {
      await window.close();
    }
  }
});

test("in the list, a trace whose clocks differ has both durations", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, skewed());
  await browser.go(`${waterfall}/?find=${trace}`);
  const text = `document.querySelector('[data-trace="${trace}"] .trace-list-duration-text')?.textContent`;
  await browser.until("the trace", `return ${text} !== undefined`);
  assert.equal(await browser.run(`return ${text}`), "230 mslikely 50.0 ms");
});

test("in the list, a trace whose work went on says when its root had answered", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, frozenCallee());
  await browser.go(`${waterfall}/?find=${trace}`);
  const text = `document.querySelector('[data-trace="${trace}"] .trace-list-duration-text')?.textContent`;
  await browser.until("the trace", `return ${text} !== undefined`);
  assert.equal(await browser.run(`return ${text}`), "1.50 sanswered 861 ms");
});

test("after a key that goes to a span, Enter opens it, although a button had the focus", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, skewed());
  await open(trace);
  const offer = `return document.querySelector("#clocks .link-button").textContent`;
  await browser.click("#clocks .link-button");
  await browser.until("times by one clock", `${offer} === "Show as reported"`);
  await browser.press("s", Key.enter);
  await browser.until("the panel", `return document.querySelector("#details h2")?.checkVisibility() ?? false`);
  assert.equal(await browser.run(offer), "Show as reported");
});
