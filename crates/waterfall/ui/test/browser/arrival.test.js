// Incomplete traces: missing parts are reported, and appear when they arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { browser, NAMES, open, otlp, SELECTED, shoot, waterfall } from "./stage.js";
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
  assert.match(await browser.run(facts), /Called by.*another process, span/, "the caller may be outside");
  await sendTree(otlp, trace, { ...whole, children: [] }, start);
  await browser.until("the placeholder", `${NAMES}.includes("parent not received")`);
  assert.doesNotMatch(await browser.run(facts), /Called by/, "the trace begins here: its caller is missing");
  assert.match(
    await browser.run(`return document.querySelector("#notices").textContent`),
    /1 parent span not received/,
  );
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
  await browser.problems();
});
