// Clock skew, idle intervals, time zones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, home, open, otlp, ROWS, shoot } from "./stage.js";
import { delivered, skewed } from "./traces.js";

const DURATIONS = `return [...document.querySelectorAll(".fact.strong")].map((fact) => fact.textContent).join(", ")`;
const OFFER = `document.querySelector("#clocks .link-button")?.textContent`;
const lefts = (selector) =>
  browser.run(`${ROWS}.map((row) => row.querySelector("${selector}").getBoundingClientRect().left)`);

test("clock skew is reported, and adjusted only on request", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, skewed());
  await open(trace);
  assert.match(
    await browser.run(`return document.querySelector("#clocks").textContent`),
    /Clock skew: cart 186 ms behind.*as reported/,
  );
  assert.equal(await browser.run(DURATIONS), "Reported duration230 ms, Likely, by one clock50.0 ms");
  assert.match(await browser.run(`${ROWS}[2].querySelector(".badges").textContent`), /clock −186 ms/);
  const [, call, serve] = await lefts(".bar");
  assert.ok(serve < call, "the server span's bar starts before the client span's");
  await shoot("trace-clocks");
  await browser.click("#clocks .link-button");
  await browser.until("times by one clock", `return ${OFFER} === "Show as reported"`);
  assert.equal(await browser.run(DURATIONS), "Reported duration230 ms, Likely, by one clock50.0 ms");
  const corrected = await lefts(".bar");
  assert.ok(corrected[2] > corrected[1], "the server span's bar lies within the client span's");
  await browser.until("the URL", `return location.search.includes("clocks=corrected")`);
  await shoot("trace-clocks-corrected");
  await browser.go(await browser.run("return location.href"));
  await browser.until(
    "the same state from the link",
    `return ${OFFER} === "Show as reported"`,
  );
  await browser.press("a");
  await browser.until("times as reported", `return ${OFFER} === "Adjust"`);
});

test("an idle interval is marked with its length", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, delivered());
  await open(trace);
  assert.equal(
    await browser.run(`return document.querySelector(".idle-band").textContent`),
    "164 ms in the queue, until activities took it",
  );
  await shoot("trace-idle");
  await open(home);
  assert.equal(await browser.run(`return document.querySelectorAll(".idle-band").length`), 0);
});

test("times are local or UTC, and span details show both", async () => {
  await browser.command("Emulation.setTimezoneOverride", { timezoneId: "Asia/Kolkata" });
  await open(home, "");
  const zone = `return document.querySelector(".facts").textContent.includes("UTC")`;
  assert.equal(await browser.run(zone), false);
  await browser.press("z");
  assert.equal(await browser.run(zone), true);
  await browser.press("s", "\uE007");
  assert.match(
    await browser.until("both", `return document.querySelector(".timing")?.textContent`),
    /\d\d:\d\d\.\d{9}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}Z/,
  );
  await browser.press("\uE00C", "z");
  assert.equal(await browser.run(zone), false);
  await browser.command("Emulation.setTimezoneOverride", { timezoneId: "" });
});
