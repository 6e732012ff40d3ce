// Rows and panels of hard traces: thousands of events, deep chains, many attributes, long names, many services.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, open, otlp, ROWS, shoot, storedRows } from "./stage.js";
import { Key } from "./webdriver.js";

/** Sends a trace and opens it. @param {import("./otlp.js").SpanSpec} root @param {number} spans */
async function show(root, spans, query = "") {
  const trace = randomId(16);
  await sendTree(otlp, trace, root);
  await storedRows(trace, spans);
  await open(trace, query);
}

/** Opens the details of a row, counted from 1. @param {number} n */
async function details(n) {
  await browser.click(`#rows .row[aria-rowindex="${n}"] .mark`);
  await browser.until("the details", `return document.querySelector("#details").getAttribute("aria-busy") === "false"`);
}
const panel = (selector) => browser.run(`return document.querySelector("#details ${selector}")?.textContent ?? null`);

test("5,000 events: badge, panel and bar agree on the number, and diamonds are spread over the bar", async () => {
  const events = Array.from({ length: 5_000 }, (_, n) => ({
    name: n === 3_111 ? "merge" : "lookup",
    at: n * 20 + (n > 3_111 ? 100_000 : 0),
    attributes: { "row.number": n },
  }));
  await show({ service: "importer", name: "match", at: 0, lasts: 200_000, events }, 1);
  const path = await browser.until(
    "the diamonds",
    `${ROWS}[0].querySelector(".event-markers").getAttribute("d")`,
  );
  const width = await browser.run(`${ROWS}[0].querySelector(".track").clientWidth`);
  const places = [...path.matchAll(/M([\d.]+)/g)].map(([, x]) => Number(x));
  assert.ok(Math.max(...places) > width * 0.95, "up to the end of the bar");
  assert.ok(places.every((x) => x < width * 0.34 || x > width * 0.78), "no diamond in the pause");
  assert.equal(await browser.run(`${ROWS}[0].querySelector(".event-mark").textContent`), "5,000");
  await details(1);
  assert.match(await panel(".section:has(.events)"), /Events 5,000.*1 to 200 of 5,000/s);
  assert.equal(await panel(".pause"), "Longest pause: 100 ms after event 3,112 (merge)");
  await browser.click("#details .pause .link-button");
  assert.match(await panel(".event.marked"), /^merge \+62\.22 ms/);
  assert.equal(await panel(".pages [role=status]"), "3,001 to 3,200 of 5,000");
  await shoot("trace-many-events");
});

test("in a chain 300 deep every row in view has an indent of its own, and its level", async () => {
  let root = null;
  for (let n = 300; n > 0; n -= 1) {
    root = { service: "tree", name: "step", at: n, lasts: 2_000 - 2 * n, children: root === null ? [] : [root] };
  }
  await show(root, 300);
  const indents = await browser.run(
    `${ROWS}.slice(0, 12).map((row) => row.querySelector(".label").style.marginLeft)`,
  );
  assert.equal(new Set(indents).size, 12);
  await browser.press(Key.end);
  await browser.until("the last level", `${ROWS}.at(-1).querySelector(".level-number").textContent === "300"`);
  await shoot("trace-deep-chain");
});

test("what differs from the siblings comes first, and attributes are filtered by key and value", async () => {
  const attributes = (/** @type {number} */ n) => ({
    ...Object.fromEntries(Array.from({ length: 200 }, (_, key) => [`map.option.number_${key}`, key])),
    "map.tier": n === 2 ? "archive" : "standard",
    "map.payload": JSON.stringify({ list: Array.from({ length: 50 }, (_, at) => at), name: "x".repeat(60) }),
    "db.query.text": "SELECT a FROM t WHERE b = 1",
  });
  const tile = (/** @type {number} */ n) => ({
    service: "tiles",
    name: "draw",
    at: n * 10,
    lasts: 9,
    attributes: attributes(n),
  });
  await show({ service: "tiles", name: "map", at: 0, lasts: 100, children: [0, 1, 2, 3].map(tile) }, 5);
  await details(4);
  assert.match(await panel(".details-body > :first-child"), /^Differs from its siblings 3 siblings compared.*archive/);
  assert.match(await panel(".siblings .attribute-note"), /all siblings: standard/);
  const sql = await browser.run(`return document.querySelector("#details pre.sql").textContent`);
  assert.equal(sql, "SELECT a\nFROM t\nWHERE b = 1");
  const list =
    `[...document.querySelectorAll("#details .json-node")].find((node) => node.textContent.startsWith('"list"'))`;
  assert.equal(await browser.run(`return ${list}.open`), false);
  await browser.run(
    `const input = document.querySelector("#details .attribute-filter input");
      input.value = "number_17"; input.dispatchEvent(new Event("input"))`,
  );
  assert.equal(
    await browser.run(`return document.querySelectorAll("#details .attributes .attribute:not([hidden])").length`),
    11,
  );
  await shoot("trace-many-attributes");
});

test("a failed call shows its most specific cause and its target on the row, in title and panel", async () => {
  const error = "error sending request: tcp connect error: Connection refused (os error 111)";
  await show({
    service: "shop",
    name: "POST",
    kind: "client",
    at: 0,
    lasts: 100,
    error,
    attributes: { "server.address": "payments", "server.port": 8080 },
  }, 1);
  const text = (/** @type {string} */ selector) => browser.run(`${ROWS}[0].querySelector("${selector}").textContent`);
  assert.equal(await text(".called"), "→ payments:8080");
  assert.match(await text(".message"), /^Connection refused \(os error 111\)$/);
  assert.match(
    await browser.run(`${ROWS}[0].querySelector(".name-cell").title`),
    /→ payments:8080, which has no span in this trace\nerror sending request: tcp connect error: Connection/,
  );
  await details(1);
  assert.equal(await panel(".specific-cause"), "Connection refused (os error 111)");
});

test("shared prefixes are left out, and services beyond the first line are a count that opens", async () => {
  const prefix = "com.example.platform.commerce.fulfilment.";
  const children = Array.from({ length: 39 }, (_, n) => ({
    service: `${prefix}part-${n}`,
    name: `${prefix}rpc.Service${n}/Do`,
    at: n,
    lasts: 1,
  }));
  await show({ service: `${prefix}root`, name: `${prefix}rpc.Root/Do`, at: 0, lasts: 99, children }, 40);
  assert.equal(await browser.run(`${ROWS}[0].querySelector(".span-name").textContent`), "…Root/Do");
  const hidden = `document.querySelectorAll("#services .chip.beyond").length`;
  const count = await browser.until("the count", `return ${hidden} > 0 && ${hidden}`);
  assert.equal(await browser.run(`return document.querySelector(".more-services").textContent`), `+${count}`);
  await browser.click(".more-services");
  assert.equal(await browser.run(`return ${hidden}`), 0);
  await shoot("trace-many-services");
});
