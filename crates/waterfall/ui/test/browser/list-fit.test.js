// The trace list in windows of any width: nothing is cut at an edge or covers anything. And what the filter says.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { frozenCallee, handledBesideReal } from "./planted-trees.js";
import { browser, openWindow, otlp, storedRows, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

const [late, errors] = [randomId(16), randomId(16)];

before(async () => {
  await sendTree(otlp, late, frozenCallee());
  await sendTree(otlp, errors, handledBesideReal());
  await storedRows(errors, 10);
});

/** Parts of the rows that reach beyond the part of the row they are in, or are cut without an ellipsis. */
const BEYOND = `return [...document.querySelectorAll(".trace-list-row")].slice(0, 20).flatMap((row) =>
  [...row.children].flatMap((cell) => [...cell.querySelectorAll(":scope > *, .muted")].filter((part) => {
    const { left, right, width } = part.getBoundingClientRect();
    const box = cell.getBoundingClientRect();
    const isCut = part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).textOverflow !== "ellipsis";
    return width > 0 && box.width > 0 && !part.classList.contains("chip") &&
      (left < box.left - 0.5 || right > box.right + 0.5 || isCut);
  })).map((part) => part.className + ": " + part.textContent))`;

for (const width of [1400, 1130, 1010, 770, 700, 390]) {
  test(`in a window of ${width} px, badges and durations of the list are within their columns`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      await window.go(`${waterfall}/`);
      const row = (/** @type {string} */ id) => `document.querySelector('[data-trace="${id}"]')`;
      await window.until("the traces", `return ${row(late)} !== null && ${row(errors)} !== null`);
      assert.deepEqual(await window.run(BEYOND), []);
      for (const id of [late, errors]) {
        const name = await window.run(`return ${row(id)}.querySelector(".trace-list-name").clientWidth`);
        assert.ok(name >= 20, `${name} px for the name`);
      }
    } finally {
      await window.close();
    }
  });
}

const PROBLEM = `return document.querySelector("#problem:not([hidden])")?.textContent ?? ""`;

test("an unfinished term of the filter is an error once it is submitted, by Enter or by the address", async () => {
  await browser.go(`${waterfall}/?find=foo%3D`);
  await browser.until("the message", `${PROBLEM}.startsWith("a value is missing after =")`);
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("/", ..."foo=");
  assert.equal(await browser.run(PROBLEM), "");
  await browser.press(Key.enter);
  await browser.until("the message", `${PROBLEM}.startsWith("a value is missing after =")`);
  await browser.press("b");
  await browser.until("no message", `return document.querySelector("#problem").hidden`);
  // Nothing matches, and a scale of no durations says nothing.
  await browser.until("no scale", `return document.querySelector(".trace-list-scale").textContent === ""`);
});

test("Enter closes the suggestions, also those that were still to come", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("/", ..."service=", Key.enter);
  await browser.run(`return new Promise((done) => setTimeout(done, 400))`);
  assert.equal(await browser.run(`return document.querySelector("#filter").ariaExpanded`), "false");
});
