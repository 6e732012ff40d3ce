// The services page: both sides of a call, services without server spans, long names, and narrow windows.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, openWindow, otlp, waterfall } from "./stage.js";

const tag = randomId(4);
const [shop, payments, resolver] = ["shop", "payments", "resolver"].map((name) => `org.example-${tag}.${name}`);

/** The row of a table whose first cell names a service. */
const ROW = `[...document.querySelectorAll(arguments[0])].find((row) => row.querySelector(
  \`.table-service[title="\${arguments[1]}"], .table-service [title$="\${arguments[1]}"]\`))`;
const TEXTS = `return [...(${ROW}?.cells ?? [])].map((cell) => cell.textContent)`;

async function open(from = browser) {
  await from.go(`${waterfall}/?view=services`);
  await from.until("the service", `return ${ROW} !== undefined`, { args: [".services-table tr", resolver] });
}

test("a call that its caller gave up is an error of the caller's time, beside the callee's own", async () => {
  await sendTree(otlp, randomId(16), {
    service: shop,
    name: "POST /checkout",
    kind: "server",
    at: 0,
    lasts: 860_000,
    children: [{
      service: shop,
      name: "POST",
      kind: "client",
      at: 2_000,
      lasts: 852_000,
      error: "timed out",
      children: [{
        service: payments,
        name: "POST /charges",
        kind: "server",
        at: 1_490_000,
        lasts: 4_000,
        children: [{ service: resolver, name: "resolve", at: 1_491_000, lasts: 1_000 }],
      }],
    }],
  });
  await open();
  const cells = await browser.run(TEXTS, ".graph-calls tbody tr", shop);
  assert.deepEqual(cells, ["…shop", "…payments", "1", "1", "852 ms", "852 ms", "1", "0", "4.00 ms"]);
});

test("a service without server spans is measured by all its spans, and says so", async () => {
  const [name, rate] = await browser.run(TEXTS, ".services-table tr", resolver);
  assert.match(name, /^…resolver ?all internal spans$/);
  assert.match(rate, /1 span/);
});

test("every figure of the services page is within the window", async () => {
  for (const width of [1700, 1400, 600, 390]) {
    const window = await openWindow({ width, height: 900 });
    try {
      await open(window);
      await window.run(`document.querySelector(".graph-calls").open = true`);
      const outside = await window.run(`
        const cells = [...document.querySelectorAll(".services-table td, .services-table th, .graph-calls td")];
        return cells.filter((cell) => cell.getBoundingClientRect().right > innerWidth || cell.clientWidth === 0)
          .map((cell) => cell.textContent)`);
      assert.deepEqual(outside, [], `at ${width} px`);
      assert.ok((await window.run(`return document.documentElement.scrollWidth`)) <= width);
      if (width > 600) continue;
      const heads = `return [...new Set([...document.querySelectorAll(".graph-calls td")].map((cell) =>
        getComputedStyle(cell, "::before").content))]`;
      assert.ok((await window.run(heads)).includes('"Errors"'), "a figure has its head");
    } finally {
      await window.close();
    }
  }
});
