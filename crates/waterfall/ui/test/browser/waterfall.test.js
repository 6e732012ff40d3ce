// The waterfall: rows, navigation, search and zoom.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, failed, home, NAMES, open, otlp, ROWS, SELECTED, shoot } from "./stage.js";
import { usersDown } from "./traces.js";
import { Key } from "./webdriver.js";

test("the home feed's trace has eleven rows in tree order", async () => {
  await open(home);
  assert.deepEqual(await browser.run(NAMES), [
    "GET /api/activities/home",
    "GET",
    "GET /activities/home",
    "home-activities",
    "SELECT activities",
    "GET",
    "GET /users",
    "SELECT users",
    "GET",
    "GET /users/{handle}",
    "SELECT users",
  ]);
  const levels = await browser.run(`${ROWS}.map((row) => Number(row.getAttribute("aria-level")))`);
  assert.deepEqual(levels, [1, 2, 3, 4, 5, 5, 6, 7, 2, 3, 4]);
  assert.match(await browser.run(`return document.querySelector(".facts").textContent`), /42\.3 ms.*11.*3/);
  await shoot("trace-light");
});

test("the page shows the slowest span and links to it", async () => {
  await open(home);
  assert.match(
    await browser.run(`return document.querySelector(".callout.slow").textContent`),
    /users SELECT users → sqlite users level 7 of 7\s*18\.9 ms/,
  );
  await browser.click(".callout.slow");
  assert.equal(await browser.run(SELECTED), "SELECT users");
  await browser.until(
    "its statement",
    `return document.querySelector("#details").textContent.includes("handle IN (?1, ?2, ?3)")`,
  );
  await shoot("trace-details");
});

test("keys navigate, collapse, expand and open rows", async () => {
  await open(home);
  await browser.press(Key.down, Key.down, Key.down);
  assert.equal(await browser.run(SELECTED), "GET /activities/home");
  await browser.press(Key.left);
  assert.equal((await browser.run(NAMES)).length, 6);
  assert.equal(
    await browser.run(`return document.querySelector("#rows .row.selected").getAttribute("aria-expanded")`),
    "false",
  );
  await browser.press(Key.right);
  assert.equal((await browser.run(NAMES)).length, 11);
  await browser.press("2");
  assert.equal((await browser.run(NAMES)).length, 3);
  await browser.press("x");
  assert.equal((await browser.run(NAMES)).length, 11);
  await browser.press(Key.end, Key.enter);
  assert.equal(
    await browser.run(`return document.querySelector("#details h2").textContent`),
    "SELECT users → sqlite users",
  );
  await browser.press(Key.escape);
  assert.equal(await browser.run(`return document.querySelector("#details").hidden`), true);
  await browser.press("?");
  assert.equal(await browser.run(`return document.querySelector("#help").open`), true);
  await browser.press("?");
  assert.equal(await browser.run(`return document.querySelector("#help").open`), false);
});

test("a click on the chevron collapses, a click on the row opens its details", async () => {
  await open(home);
  await browser.click('#rows .row[aria-rowindex="2"] .twist');
  assert.equal((await browser.run(NAMES)).length, 5);
  await browser.click('#rows .row[aria-rowindex="2"] .span-name');
  await browser.until("attributes", `return document.querySelector("#details .attributes") !== null`);
  const groups = await browser.run(
    `return [...document.querySelectorAll("#details .section > h3")].map((title) => title.firstChild.textContent)`,
  );
  assert.deepEqual(groups, ["Client and server span", "HTTP", "Network"]);
});

test("the URL restores selection and zoom", async () => {
  await open(home);
  const minimap = await browser.run(
    `const box = document.querySelector("#minimap").getBoundingClientRect();
      return { x: box.x, y: box.y + box.height / 2, width: box.width }`,
  );
  await browser.drag([minimap.x + minimap.width * 0.25, minimap.y], [minimap.x + minimap.width * 0.5, minimap.y]);
  await browser.press("s", Key.enter);
  const address = await browser.until(
    "the URL",
    `return location.search.includes("from=") && location.search.includes("span=")
      && location.search.includes("details") && location.href`,
  );
  await browser.go("about:blank");
  await browser.go(address);
  await browser.until(
    "the details",
    `return document.querySelector("#details h2")?.textContent === "SELECT users → sqlite users"`,
  );
  assert.equal(await browser.run(SELECTED), "SELECT users");
  assert.equal(await browser.run(`return document.querySelector("#minimap").classList.contains("whole")`), false);
  await browser.press(Key.escape, "0");
  assert.equal(await browser.run(`return document.querySelector("#minimap").classList.contains("whole")`), true);
});

test("the critical path is a line below the bars, toggled by a key", async () => {
  await open(home);
  const onPath = `${ROWS}.map((row) => row.querySelector(".critical").getAttribute("d") !== "")`;
  const lines = await browser.run(onPath);
  assert.deepEqual(lines, [true, true, true, true, true, true, true, true, false, false, false]);
  await browser.press("p");
  assert.ok((await browser.run(onPath)).every((line) => !line));
  await browser.press("p");
  assert.deepEqual(await browser.run(onPath), lines);
});

test("dragging over the time axis zooms, and a double click resets", async () => {
  await open(home);
  const axis = await browser.run(
    `const box = document.querySelector(".axis").getBoundingClientRect();
      return { x: box.x, y: box.y + box.height / 2, width: box.width }`,
  );
  await browser.drag([axis.x + axis.width * 0.2, axis.y], [axis.x + axis.width * 0.6, axis.y]);
  const [from, to] = await browser.until(
    "the zoom",
    `const params = new URLSearchParams(location.search); return params.has("from")
      && [Number(params.get("from")), Number(params.get("to"))]`,
  );
  assert.ok(Math.abs(from / 42.3e6 - 0.2) < 0.03 && Math.abs(to / 42.3e6 - 0.6) < 0.03, `${from} to ${to}`);
  await browser.press("0");
  await browser.until("the full view", `return !location.search.includes("from=")`);
});

test("a link restores the search and the highlighted services", async () => {
  await open(home);
  await browser.press("/");
  await browser.press(..."SELECT");
  await browser.click('#services [data-service="users"]');
  const address = await browser.until(
    "the URL",
    `return location.search.includes("find=SELECT") && location.search.includes("service=users") && location.href`,
  );
  await browser.go("about:blank");
  await browser.go(address);
  await browser.until("the matches", `return document.querySelector(".find-count")?.textContent === "3 matches"`);
  assert.equal(
    await browser.run(`return document.querySelector('#services [data-service="users"]').getAttribute("aria-pressed")`),
    "true",
  );
  assert.equal(
    await browser.run(`return document.querySelectorAll("#rows .row:not(.dimmed):not([hidden])").length`),
    2,
  );
});

test("a search finds, counts and steps through matches", async () => {
  await open(home);
  await browser.press("/");
  await browser.press(..."service=users kind=client", Key.enter);
  assert.equal(await browser.run(SELECTED), "SELECT users");
  assert.equal(await browser.run(`return document.querySelector(".find-count").textContent`), "1 of 2");
  assert.equal(await browser.run(`return document.querySelectorAll("#rows .row.found:not([hidden])").length`), 2);
});

test("handled errors are marked and counted, but the trace is not shown as failed", async () => {
  await open(failed);
  const marks = await browser.run(
    `return document.querySelectorAll("#rows .row:not([hidden]) .error-mark.unreached").length`,
  );
  assert.equal(marks, 4);
  assert.match(
    await browser.run(`return document.querySelector(".callout.unreached").textContent`),
    /4 errors did not reach the root/,
  );
  assert.equal(await browser.run(`return document.querySelectorAll(".callout.error, #rows .row.error").length`), 0);
  await shoot("trace-handled");
});

test("the root cause of a failed trace is marked, counted and linked", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, { ...usersDown(), error: "activities failed" });
  await open(trace);
  assert.equal(
    await browser.run(`return document.querySelectorAll("#rows .row.error:not([hidden]) .error-mark").length`),
    5,
  );
  assert.match(
    await browser.run(`return document.querySelector(".callout.error").textContent`),
    /5 errors; root cause.*activities GET/,
  );
  await browser.click(".callout.error");
  await browser.until(
    "the message",
    `return document.querySelector(".error-box")?.textContent.includes("Connection refused")`,
  );
  await shoot("trace-error");
});
