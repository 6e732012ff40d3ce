// Flame graph, table, graph and comparison of a trace.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendLarge, sendTree } from "./otlp.js";
import { browser, failed, home, open, otlp, shoot, storedRows, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

test("flame graph, table, graph and comparison show the same trace", async () => {
  await open(home);
  const press = async (view) => {
    await browser.click(`#views [data-view="${view}"]`);
    await browser.until(`the address of ${view}`, `return location.search.includes("view=${view}")`);
  };
  await press("flame");
  const painted = `const canvas = document.querySelector(".flame-canvas");
      const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return data.some((value) => value !== 0)`;
  await browser.until("the flame", painted);
  await shoot("trace-flame");
  await press("table");
  assert.match(
    await browser.run(`return document.querySelector(".operations tbody tr").textContent`),
    /users.*SELECT users.*2.*19\.7 ms/,
  );
  await shoot("trace-table");
  await press("graph");
  assert.deepEqual(
    await browser.run(
      `return [...document.querySelectorAll(".graph-node .chip-name")].map((name) => name.textContent).sort()`,
    ),
    ["activities", "gateway", "sqlite activities", "sqlite users", "users"],
  );
  assert.equal(await browser.run(`return document.querySelectorAll("path.graph-edge").length`), 5);
  await shoot("trace-services");
  await press("compare");
  await browser.until("traces to compare with", `return document.querySelector(".trace-picker-option") !== null`);
  await browser.run(`document.querySelector(".trace-picker-id").focus()`);
  await browser.press(...failed, Key.enter);
  await browser.until("the address of both", `return location.search.includes("with=${failed}")`);
  await browser.until("the comparison", `return document.querySelectorAll(".comparison tbody tr").length > 5`);
  const lines = await browser.run(
    `return [...document.querySelectorAll(".comparison tbody tr")]
      .map((line) => [line.querySelector(".compare-name").textContent,
      line.querySelector(".change-text").textContent])`,
  );
  const changes = new Map(lines);
  assert.equal(changes.get("usersGET /users"), "only in this trace");
  assert.equal(changes.get("activitiesGET → users"), "no change");
  await shoot("trace-compare");
  await browser.press("v");
  await browser.until(
    "the waterfall again",
    `return document.querySelectorAll("#rows .row:not([hidden])").length === 11`,
  );
});

const NAME_WIDTH = `return document.querySelector("#waterfall").style.getPropertyValue("--name-width")`;

test("the name column keeps its width when the waterfall was hidden", async () => {
  await open(home);
  const width = await browser.run(NAME_WIDTH);
  assert.ok(Number.parseInt(width, 10) >= 300, width);
  for (const view of ["flame", "waterfall"]) await browser.click(`#views [data-view="${view}"]`);
  assert.equal(await browser.run(NAME_WIDTH), width);
  await browser.go(`${waterfall}/trace/${home}?view=flame`);
  await browser.until("the flame graph", `return document.querySelector(".flame-canvas") !== null`);
  await browser.click(`#views [data-view="waterfall"]`);
  await browser.until("rows", `return document.querySelectorAll("#rows .row").length > 0`);
  assert.equal(await browser.run(NAME_WIDTH), width);
});

test("a search reads all attributes of a trace of 25,000 spans, in every view", async () => {
  const trace = randomId(16);
  await sendLarge(otlp, trace, "wide", 25_000);
  await storedRows(trace, 25_000);
  await open(trace);
  await browser.run(`document.querySelector(".find input").focus()`);
  await browser.press(..."loop.index>=24990");
  await browser.until("ten matches", `return document.querySelector(".find-count").textContent.includes("10 matches")`);
  await browser.click(`#views [data-view="table"]`);
  await browser.until(
    "operations without matches dimmed",
    `return document.querySelectorAll(".operations tr.dimmed").length > 0`,
  );
  await browser.click(`#views [data-view="compare"]`);
  assert.equal(await browser.run(`return document.querySelector(".find input").disabled`), true);
});

test("no two labels or boxes of a graph of 40 services overlap, and it is zoomed by keys", async () => {
  const trace = randomId(16);
  const services = Array.from({ length: 39 }, (_, n) => ({
    service: `service-${n}`,
    name: `GET /${n}`,
    kind: "server",
    at: n,
    lasts: 5,
    children: n % 3 ? [] : [{ service: `service-${(n + 7) % 39}`, name: "inner", kind: "server", at: n, lasts: 2 }],
  }));
  await sendTree(otlp, trace, {
    service: "front",
    name: "GET /",
    kind: "server",
    at: 0,
    lasts: 60,
    children: services,
  });
  await browser.go(`${waterfall}/trace/${trace}?view=graph`);
  await browser.until("the graph", `return document.querySelectorAll(".graph-node").length === 40`);
  const overlaps = await browser.run(`
    const parts = [...document.querySelectorAll(".graph-node, .graph-label")].filter((part) => part.offsetParent);
    const boxes = parts.map((part) => part.getBoundingClientRect());
    return boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) =>
      a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).length`);
  assert.equal(overlaps, 0);
  await shoot("trace-graph-40");
  const scale = `return new DOMMatrix(getComputedStyle(document.querySelector(".pan-layer")).transform).a`;
  assert.equal(await browser.run(scale), 0.6);
  await browser.run(`document.querySelector(".pan-window").focus()`);
  await browser.press("+");
  assert.equal(await browser.run(scale), 0.75);
  await browser.press("0");
  assert.ok(await browser.run(scale) < 0.6, "the whole graph");
});
