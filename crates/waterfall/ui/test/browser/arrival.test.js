// Incomplete traces: missing parts are reported, and appear when they arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { browser, NAMES, onlyRefusals, open, otlp, SELECTED, shoot, waterfall } from "./stage.js";
import { homeFeed, withoutCaller } from "./traces.js";
import { Key } from "./webdriver.js";

test("a missing parent has a placeholder until it arrives", async () => {
  const trace = randomId(16);
  const start = startNano();
  const whole = homeFeed();
  whole.id = randomId(8);
  const caller = whole.children[0];
  caller.id = randomId(8);
  await sendTree(otlp, trace, withoutCaller(caller.id), start);
  await open(trace);
  const facts = `return document.querySelector(".facts").textContent`;
  assert.match(await browser.run(facts), /Called by.*a caller outside, span/, "the caller may be outside");
  await sendTree(otlp, trace, { ...whole, children: [] }, start);
  await browser.until("the placeholder", `${NAMES}.includes("missing parent")`);
  assert.doesNotMatch(await browser.run(facts), /Called by/, "the trace begins here: its caller is missing");
  assert.match(
    await browser.run(`return document.querySelector("#notices").textContent`),
    /1 missing parent/,
  );
  const cutOff = `return [...document.querySelectorAll("#notices .notice, .finding-notice")]
    .filter((notice) => notice.scrollWidth > notice.clientWidth + 1).map((notice) => notice.textContent)`;
  await browser.until("what the doctor waits for", `return document.querySelector(".finding-notice") !== null`);
  assert.deepEqual(await browser.run(cutOff), []);
  await browser.press(Key.down, Key.down, Key.down);
  const selected = await browser.run(SELECTED);
  await shoot("trace-missing-parent");
  await sendTree(otlp, trace, { ...caller, children: [], parent: whole.id }, start);
  await browser.until(
    "the placeholder to be replaced",
    `return document.querySelectorAll("#rows .row.placeholder:not([hidden])").length === 0
      && document.querySelector("#notices").textContent === ""`,
  );
  assert.deepEqual((await browser.run(NAMES)).slice(0, 3), ["GET /api/activities/home", "GET", "GET /activities/home"]);
  assert.equal(await browser.run(SELECTED), selected, "the selection is kept");
});

/** Where the row of a span is in the window. */
const topOf = (/** @type {string} */ name) =>
  `return [...document.querySelectorAll("#rows .row:not([hidden])")]
    .find((row) => row.querySelector(".span-name").textContent === "${name}").getBoundingClientRect().top`;

test("spans that arrive late move neither the row under the pointer nor what one reads in the panel", async () => {
  const trace = randomId(16);
  const start = startNano();
  const [root, read] = [randomId(8), randomId(8)];
  const step = (/** @type {string} */ name, /** @type {number} */ at, /** @type {object} */ more = {}) => ({
    service: "shop",
    name,
    at,
    lasts: 5_000,
    parent: root,
    ...more,
  });
  await sendTree(otlp, trace, { service: "shop", name: "request", id: root, at: 0, lasts: 90_000 }, start);
  const attributes = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`option.${n}`, n]));
  await sendTree(otlp, trace, step("read", 50_000, { id: read, attributes }), start);
  await open(trace, `?span=${read}&details`);
  await browser.until("the panel", `return document.querySelectorAll("#details .attribute").length >= 60`);
  await browser.run(`document.querySelector("#details .fold").open = true;
    document.querySelector(".details-body").scrollTop = 300`);
  const panel = `const body = document.querySelector(".details-body");
    return [body.scrollTop, document.querySelector("#details .fold").open]`;
  assert.deepEqual(await browser.run(panel), [300, true]);
  const before = await browser.run(topOf("read"));
  await browser.point(120, before + 10);
  // Two spans above it, an error, which adds a callout, and a missing parent, which adds a notice.
  const failed = step("early", 10_000, { error: "no connection: a reason that needs more than one line of a callout" });
  await sendTree(otlp, trace, failed, start);
  await sendTree(otlp, trace, step("orphan", 20_000, { parent: randomId(8) }), start);
  await browser.until("the late spans", `${NAMES}.includes("early")`);
  await browser.until("the notice", `return document.querySelector("#notices").textContent !== ""`);
  assert.ok(Math.abs(await browser.run(topOf("read")) - before) < 1.5, "the row is where it was");
  assert.deepEqual(await browser.run(panel), [300, true]);
  const cut = `return document.querySelector("#overview").classList.contains("cut")`;
  assert.equal(await browser.run(cut), true, "the header says that there is more");
  await browser.point(120, 10);
  await browser.until("the whole header", `return document.querySelector("#overview.held") === null`);
  assert.equal(await browser.run(cut), false);
});

test("a trace that does not exist yet is shown when it arrives", async () => {
  const trace = randomId(16);
  await browser.go(`${waterfall}/trace/${trace}`);
  await browser.until(
    "the page for a missing trace",
    `return document.querySelector("#waiting h1")?.textContent === "Waiting for the first span"`,
  );
  await shoot("trace-waiting");
  await sendTree(otlp, trace, homeFeed());
  await browser.until("the rows", `return document.querySelectorAll("#rows .row:not([hidden])").length === 11`);
  assert.equal(await browser.run(`return document.querySelector("#waiting").hidden`), true);
});

test("an invalid trace id is reported", async () => {
  await browser.go(`${waterfall}/trace/nonsense`);
  await browser.until(
    "the page",
    `return document.querySelector("#waiting h1")?.textContent === "Invalid trace ID"`,
  );
  // Left, the page asks no more.
  await browser.go("about:blank");
  await onlyRefusals();
});
