// Flame graph, table, graph and comparison of a trace.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, failed, home, open, shoot } from "./stage.js";
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
    ["activities", "gateway", "users"],
  );
  assert.equal(await browser.run(`return document.querySelectorAll("path.graph-edge").length`), 3);
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
