// Signing in, in a real browser, to a waterfall of its own that asks for a token:
//   node test/browser/sign-in.js PROGRAM [SHOTS]      the launcher's binary

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { homeFeed } from "./traces.js";
import { Browser, Key, startDriver } from "./webdriver.js";

const [program, shots] = process.argv.slice(2);
const TOKEN = randomId(16);
const trace = randomId(16);
const deep = `/trace/${trace}?view=flame`;
let waterfall;
let page;
let driver;
/** @type {Browser} */
let browser;

before(async () => {
  if (shots) await mkdir(shots, { recursive: true });
  const env = { ...process.env, WATERFALL_READ_TOKEN: TOKEN };
  waterfall = spawn(program, ["waterfall", "--random-ports", "--json"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const line = await new Promise((resolve) => createInterface(waterfall.stdout).once("line", resolve));
  const ready = JSON.parse(line);
  page = ready.http;
  await sendTree(ready.otlp_http, trace, homeFeed());
  driver = await startDriver();
  browser = await Browser.open(driver.url);
});

after(async () => {
  await browser?.close();
  await driver?.stop();
  waterfall?.kill();
});

const FORM = `return document.querySelector("#token") === document.activeElement`;
const FLAME = `return document.querySelector(".flame-canvas") !== null`;

test("a deep link asks for the token, says when it is wrong, and goes on with the right one", async () => {
  await browser.go(page + deep);
  await browser.until("the form", FORM);
  if (shots) await browser.screenshot(join(shots, "sign-in-light.png"));
  await browser.press(..."not the token at all", Key.enter);
  await browser.until("the refusal", `return document.querySelector("#problem").textContent === "That is not the token."`);
  assert.equal(await browser.run(FORM), true);
  await browser.press(...TOKEN, Key.enter);
  await browser.until("the trace", FLAME);
  assert.equal(await browser.run(`return location.pathname + location.search`), deep);
  assert.equal(await browser.run(`return document.cookie`), "", "no script reads the cookie");
});

test("signed in, pages, their modules and the stream of events work", async () => {
  await browser.go(`${page}/`);
  await browser.until("the list", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  await browser.until("the stream", `return document.querySelector("#link-state").dataset.state === "live"`);
});

test("a link on another site leads to the page as well", async () => {
  const site = createServer((_, response) => response.setHeader("content-type", "text/html").end(`<a id="link" href="${page}${deep}">look</a>`));
  await new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve(undefined)));
  // The same machine by another name is another site.
  await browser.go(`http://localhost:${site.address().port}/`);
  await browser.click("#link");
  await browser.until("the trace", FLAME);
  site.close();
});

test("another browser is asked again, in the dark and in a narrow window", async () => {
  const other = await Browser.open(driver.url, { width: 390, height: 844, dark: true });
  await other.go(`${page}/`);
  await other.until("the form", FORM);
  assert.equal(await other.run(`return document.documentElement.scrollWidth <= innerWidth`), true);
  assert.equal(await other.run(`return getComputedStyle(document.querySelector("form")).borderRadius`), "8px", "its style is allowed");
  if (shots) await other.screenshot(join(shots, "sign-in-dark-narrow.png"));
  await other.close();
});
