// Headers and tables of a trace with a name of 300 characters, and the services of a trace at any width.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, home, open, openWindow, otlp, storedRows, waterfall } from "./stage.js";

const trace = randomId(16);
const SERVICE = "a-very-long-service-name-that-goes-on-and-on-and-never-really-ends-at-all";

before(async () => {
  await sendTree(otlp, trace, {
    service: SERVICE,
    kind: "server",
    name: `POST /checkout/${"x".repeat(300)}`,
    at: 0,
    lasts: 100_000,
    children: [{ service: SERVICE, kind: "client", name: "SELECT items", at: 10_000, lasts: 10_000 }],
  });
  await storedRows(trace, 2);
});

/** Whether the last of the elements is within the window. */
const inSight = (/** @type {string} */ selector) =>
  `const box = [...document.querySelectorAll("${selector}")].at(-1).getBoundingClientRect();
  return box.width > 0 && box.left >= 0 && box.right <= innerWidth`;

test("a long name leaves the header low, and what is cut has an ellipsis and a title", async () => {
  await open(trace);
  const height = await browser.run(`return document.querySelector("#summary").offsetHeight`);
  assert.ok(height < 160, `${height} px`);
  const service = await browser.run(`const name = document.querySelector(".summary-title .service-name");
    const style = getComputedStyle(name);
    return { display: style.display, overflow: style.textOverflow, title: name.title }`);
  assert.deepEqual(service, { display: "block", overflow: "ellipsis", title: SERVICE });
  assert.ok((await browser.run(`return document.querySelector(".callout-name").title`)).includes("x".repeat(300)));
});

test("long names leave the numbers of every table in sight", async () => {
  await open(trace, "?view=table");
  await browser.until("the table", `return document.querySelector(".operations tbody tr") !== null`);
  assert.ok(await browser.run(inSight(".trace-operations tbody tr:first-child td")));
  await open(home, `?view=compare&with=${trace}`);
  await browser.until("the comparison", `return document.querySelectorAll(".comparison tbody tr").length > 2`);
  assert.ok(await browser.run(inSight(".comparison tbody tr:first-child td")));
  const window = await openWindow({ width: 1300, height: 900 });
  try {
    await window.go(`${waterfall}/?view=services`);
    await window.until("the tables", `return document.querySelectorAll(".services-table tbody tr").length > 2`);
    assert.ok(await window.run(inSight(".services-table td:last-child")));
  } finally {
    await window.close();
  }
});

for (const width of [700, 800, 850, 900, 960, 1024, 1400]) {
  test(`in a window of ${width} px, the services of a trace are in sight`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      await open(home, "", window);
      const chips = await window.run(`const box = document.querySelector(".services").getBoundingClientRect();
        return [...document.querySelectorAll(".services .chip")].map((chip) => {
          const { left, right, bottom } = chip.getBoundingClientRect();
          return left >= box.left && right <= box.right && bottom <= box.bottom + 2 })`);
      assert.ok(chips.length > 1 && chips.every(Boolean), chips.join());
    } finally {
      await window.close();
    }
  });
}
