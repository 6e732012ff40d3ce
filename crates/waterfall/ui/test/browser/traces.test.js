// The pages of the latest traces and of the services.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, failed, home, otlp, shoot, waterfall } from "./stage.js";
import { homeFeed } from "./traces.js";
import { Key } from "./webdriver.js";

test("the latest traces come by themselves, and open", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector('[data-trace="${home}"]') !== null`);
  await browser.until("the stream", `return document.querySelector("#link-state").dataset.state === "live"`);
  const trace = randomId(16);
  await sendTree(otlp, trace, homeFeed());
  await browser.until("the new trace", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  const said = await browser.run(`return document.querySelector('[data-trace="${trace}"]').textContent`);
  assert.match(said, /gatewayGET \/api\/activities\/home.*gateway3.*42\.3 ms/s);
  await shoot("traces-light");
  await browser.press("/");
  await browser.press(..."status=error");
  await browser.until("the filter", `return document.querySelectorAll(".feed-row:not(.error)").length === 0 && document.querySelector('[data-trace="${failed}"]') !== null`);
  await browser.press(Key.escape);
  await browser.click(`[data-trace="${trace}"]`);
  await browser.until("the trace", `return location.pathname.endsWith("${trace}") && document.querySelectorAll("#rows .row").length > 0`);
});

test("the services page has figures of every operation, and leads to their traces", async () => {
  await browser.go(`${waterfall}/?view=services`);
  await browser.until("the figures", `return [...document.querySelectorAll(".services-table tbody tr")].some((line) => line.textContent.includes("SELECT activities"))`);
  const nodes = await browser.run(`return [...document.querySelectorAll(".services-map .graph-node .chip-name")].map((name) => name.textContent)`);
  for (const service of ["gateway", "activities", "users"]) assert.ok(nodes.includes(service), service);
  await shoot("services");
  await browser.run(`[...document.querySelectorAll(".services-table .operation-link")].find((link) => link.textContent === "SELECT activities").click()`);
  await browser.until("its traces", `return document.querySelector('[data-trace="${home}"]') !== null && document.querySelector("#filter").value.includes("SELECT activities")`);
});

test("a filter finds traces by any attribute of any span", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".feed-row") !== null`);
  await browser.press("/");
  await browser.press(..."app.result_length=3 name=home-activities");
  await browser.until("the server's answer", `return document.querySelector('[data-trace="${home}"]') !== null && /found/.test(document.querySelector("#count").textContent)`);
  await browser.press(Key.escape);
});
