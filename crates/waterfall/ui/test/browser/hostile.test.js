// What strangers send is text, everywhere.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, NAMES, open, otlp, shoot, waterfall } from "./stage.js";
import { HOSTILE, hostile } from "./traces.js";
import { Key } from "./webdriver.js";

test("names that are markup stay text, everywhere", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, hostile());
  await browser.go(`${waterfall}/?find=onerror`);
  await browser.until("the list", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  assert.equal(await browser.run(`return document.querySelector('[data-trace="${trace}"] .feed-name').textContent`), HOSTILE);
  await open(trace);
  assert.equal((await browser.run(NAMES))[0], HOSTILE);
  await browser.press(Key.down, Key.enter);
  await browser.until("the attributes", `return document.querySelector("#details .attributes dt") !== null`);
  assert.equal(await browser.run(`return document.querySelector("#details h2").textContent`), HOSTILE);
  await shoot("trace-hostile");
  assert.equal(await browser.run(`return document.querySelectorAll("img, b, [onerror], [onmouseover], a[href^=javascript]").length`), 0);
  assert.equal(await browser.run(`return window.owned ?? null`), null);
});
