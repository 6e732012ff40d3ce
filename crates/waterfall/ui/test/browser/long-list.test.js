// The trace list of a store with 5,000 traces: how long it takes until it is painted, filtered and scrolled, and that
// nothing moves when it is scrolled.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendRoots, startNano } from "./otlp.js";
import { slowness } from "./slowness.js";
import { browser, openWindow, otlp, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

const TRACES = 5_000;
const PER_REQUEST = 250;
const SERVICES = 8;
/** From the navigation until rows are painted. */
const PAINT_MILLIS = 500;
/** The longest time in which the page answers nothing. */
const TASK_MILLIS = 100;
/** A busy machine slows everything: the best of so many attempts counts, each by the slowness of its moment. */
const ATTEMPTS = 3;

/** Runs before the page's own scripts. */
const WATCH = `
  window.tasks = [];
  window.painted = 0;
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });
  const look = () => {
    const rows = document.querySelectorAll(".trace-list-row").length;
    if (rows === 0) requestAnimationFrame(look);
    else setTimeout(() => window.painted = performance.now());
  };
  requestAnimationFrame(look);`;

/** The longest task since the last call. */
const longestTask = async () => Math.max(0, ...await browser.run(`return window.tasks.splice(0)`));

const twoFrames = `const done = arguments[arguments.length - 1];
  requestAnimationFrame(() => requestAnimationFrame(() => done()))`;

test("a list of 5,000 traces is painted, extended, filtered and scrolled without a long pause", async (context) => {
  for (let n = 0; n < TRACES; n += PER_REQUEST) {
    const ids = Array.from({ length: PER_REQUEST }, () => randomId(16));
    const service = `many-${(n / PER_REQUEST) % SERVICES}`;
    await sendRoots(
      otlp,
      ids,
      { service, name: `GET /items/${n}`, kind: "server", at: 0, lasts: 1_000 + n },
      startNano(),
    );
  }
  const { identifier } = await browser.command("Page.addScriptToEvaluateOnNewDocument", { source: WATCH });
  const attempts = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await browser.go(`${waterfall}/`);
    await browser.until("painted rows", `return window.painted > 0`);
    const paint = await browser.run(`return window.painted`);
    const open = await longestTask();
    for (let more = 0; more < 4; more += 1) {
      const rows = await browser.run(`return document.querySelectorAll(".trace-list-row").length`);
      await browser.run(`document.querySelector("#more").click()`);
      await browser.until("more rows", `return document.querySelectorAll(".trace-list-row").length > arguments[0]`, {
        args: [rows],
        millis: 60_000,
      });
    }
    const extend = await longestTask();
    await browser.run(`scrollTo(0, 0); document.querySelector("#filter").focus()`);
    await browser.press(..."many-7");
    await browser.until("matches", `return document.querySelector("#count").textContent.includes("found")`);
    const filter = await longestTask();
    await browser.press(Key.escape);
    for (let y = 0; y < 20_000; y += 2_000) {
      await browser.run(`scrollTo(0, arguments[0])`, y);
      await browser.runAsync(twoFrames);
    }
    const scroll = await longestTask();
    attempts.push({ paint, open, extend, filter, scroll, slowness: await slowness() });
  }
  await browser.command("Page.removeScriptToEvaluateOnNewDocument", { identifier });
  const best = (/** @type {keyof typeof attempts[0]} */ key) =>
    Math.min(...attempts.map((attempt) => attempt[key] / attempt.slowness));
  context.diagnostic(JSON.stringify(attempts));
  assert.ok(best("paint") < PAINT_MILLIS, `painted after ${best("paint")} ms`);
  for (const step of /** @type {const} */ (["open", "extend", "filter", "scroll"])) {
    assert.ok(best(step) < TASK_MILLIS, `${step}: a task of ${best(step)} ms`);
  }
});

for (const width of [1400, 700]) {
  test(`in a window of ${width} px, rows that were not drawn yet are as high as those that were`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      await window.go(`${waterfall}/`);
      await window.until("a full list", `return document.querySelectorAll(".trace-list-row").length === 200`);
      const heights = await window.run(`return [...new Set([...document.querySelectorAll(".trace-list-row")]
        .map((row) => row.getBoundingClientRect().height))]`);
      assert.equal(heights.length, 1, `${heights} px`);
    } finally {
      await window.close();
    }
  });
}
