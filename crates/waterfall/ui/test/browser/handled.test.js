// Errors that did not reach the root are quiet in every view, and called what they are; red is for the others.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { frozenCallee, handledBesideReal, longQueue, retries } from "./planted-trees.js";
import { browser, open, otlp, ROWS, shoot, storedRows, waterfall } from "./stage.js";

const [handled, wellTrace, tried, frozen, queue] = Array.from({ length: 5 }, () => randomId(16));
const SHOP = `shop-${randomId(4)}`;
/** A request that is well, because the failed call was only for a better answer. */
const WELL = /** @type {import("./otlp.js").SpanSpec} */ ({
  service: SHOP,
  name: "GET /offers",
  kind: "server",
  at: 0,
  lasts: 50_000,
  children: [{ service: SHOP, name: "GET", kind: "client", at: 5_000, lasts: 9_000, error: "404" }],
});

before(async () => {
  await sendTree(otlp, handled, handledBesideReal());
  await sendTree(otlp, wellTrace, WELL);
  await sendTree(otlp, tried, retries());
  await sendTree(otlp, frozen, frozenCallee());
  await sendTree(otlp, queue, longQueue());
  for (const [trace, rows] of /** @type {const} */ ([[handled, 10], [wellTrace, 2], [tried, 10], [frozen, 4]])) {
    await storedRows(trace, rows);
  }
});

/** Pixels of a canvas in the colour of errors, as CSS has it. */
const redOf = (/** @type {string} */ canvas) => `
  const canvas = document.querySelector("${canvas}");
  const probe = Object.assign(document.createElement("i"), { hidden: true });
  probe.style.color = "var(--error)";
  document.body.append(probe);
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let red = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255 && wanted.every((value, n) => Math.abs(value - data[at + n]) <= 2)) red += 1;
  }
  return red`;
const CALLOUTS = `return document.querySelector(".callouts").innerText`;

test("the minimap and the flame graph have red for errors that reached the root alone", async () => {
  for (const [trace, isRed] of /** @type {const} */ ([[handled, true], [wellTrace, false]])) {
    await open(trace);
    await browser.until("the minimap", `return document.querySelector("#minimap canvas")?.width > 100`);
    assert.equal(await browser.run(redOf("#minimap canvas")) > 0, isRed);
    await open(trace, "?view=flame");
    await browser.until("the flame graph", `return document.querySelector(".flame-canvas")?.width > 100`);
    assert.equal(await browser.run(redOf(".flame-canvas")) > 0, isRed);
  }
  await shoot("handled-flame");
});

test("the table has handled errors in words, and no red for them", async () => {
  await open(handled, "?view=table");
  const cells = await browser.run(`return [...document.querySelectorAll(".error-counts")].map((cell) =>
    [cell.innerText.trim(), cell.querySelector(".failed") !== null])`);
  const counted = (/** @type {string} */ text, /** @type {boolean} */ isRed) =>
    cells.filter(([said, red]) => said === text && red === isRed).length;
  assert.deepEqual([counted("1", true), counted("1 handled", false), counted("–", false)], [4, 2, 4], String(cells));
  await shoot("handled-table");
});

test("the graph has handled errors in words, and no red edge for them", async () => {
  await open(handled, "?view=graph");
  await browser.until("the graph", `return document.querySelector(".graph-node") !== null`);
  const badges = await browser.run(`return [...document.querySelectorAll(".graph-node:not(.peer)")].map((node) =>
    [node.querySelector(".chip-name").textContent, node.querySelector(".badge").className,
      node.querySelector(".badge").textContent].join(" ")).sort()`);
  assert.deepEqual(badges, [
    "pricing badge unreached 1 handled",
    "promotions badge unreached 1 handled",
    "shop badge error 2",
    "warehouse badge error 2",
  ]);
  const edges = await browser.run(`return [...document.querySelectorAll(".graph-label")].map((label) =>
    [label.innerText.replaceAll("\\n", ", "), label.classList.contains("failed"), label.title])`);
  const between = edges.filter(([, , title]) => !title.endsWith("callee has no span"));
  assert.deepEqual(between.sort(), [
    ["1 call · 128 ms, 1 error", true, "caller waited 128 ms, callee worked 121 ms"],
    ["1 call · 14.0 ms, 1 error, handled", false, "caller waited 14.0 ms, callee worked 10.0 ms"],
    ["1 call · 40.0 ms", false, "caller waited 40.0 ms, callee worked 36.0 ms"],
  ]);
  // To warehouse, and from there to its database.
  assert.equal(await browser.run(`return document.querySelectorAll(".graph-edge.failed").length`), 2);
});

test("the panel of a span whose error was handled says so, quietly", async () => {
  await open(handled);
  const boxOf = async (/** @type {string} */ name) => {
    await browser.run(`${ROWS}.find((row) => row.querySelector(".span-name").textContent === "${name}").click()`);
    if (!await browser.run(`return document.querySelector("#details:not([hidden])") !== null`)) {
      await browser.press("\uE007");
    }
    await browser.until(name, `return document.querySelector("#details h2")?.textContent.startsWith("${name}")`);
    return browser.run(`const box = document.querySelector(".error-box");
      return [box.classList.contains("unreached"), box.innerText]`);
  };
  const [isQuiet, text] = await boxOf("SELECT codes");
  assert.ok(isQuiet);
  assert.match(text, /handled: it did not reach the root/);
  const [isRedQuiet, red] = await boxOf("UPDATE stock");
  assert.ok(!isRedQuiet);
  assert.doesNotMatch(red, /handled/);
});

test("the list and the choice of a trace to compare with say that the errors were handled", async () => {
  await browser.go(`${waterfall}/?find=service%3D${SHOP}`);
  const row = `[data-trace="${wellTrace}"]`;
  await browser.until("the trace", `return document.querySelector('${row} .badge.unreached') !== null`);
  assert.equal(
    await browser.run(`return document.querySelector('${row} .badge.unreached').textContent`),
    "1 error, handled",
  );
  assert.equal(await browser.run(`return document.querySelector('${row} .badge.error')`), null);
  const second = randomId(16);
  await sendTree(otlp, second, { ...WELL, id: randomId(8), children: [] });
  await storedRows(second, 1);
  await open(second, "?view=compare");
  await browser.until("traces", `return document.querySelector(".trace-picker-option .badge") !== null`);
  const badge =
    `return [...document.querySelectorAll(".trace-picker-option .badge")].map((one) => one.className).join()`;
  assert.equal(await browser.run(badge), "badge words unreached");
});

test("several attempts are counted once in the header", async () => {
  await open(tried);
  const said = await browser.run(CALLOUTS);
  assert.match(said, /inventory acquire\s+failed at 257 ms, 3 attempts: no connection/);
  assert.match(said, /Most time in\s+inventory acquire\s+753 ms in 3 attempts, 77% of the trace/);
  assert.doesNotMatch(said, /1 of 3/);
});

test("the table says of an operation that its calls were given up, or its messages waited", async () => {
  const notes =
    `return [...document.querySelectorAll(".operation-cell")].map((cell) => cell.innerText.replaceAll("\\n", ": "))`;
  await open(frozen, "?view=table");
  const given = await browser.run(notes);
  assert.ok(given.includes("POST: gave up after 852 ms"), given.join());
  assert.ok(given.includes("POST /charges: began 638 ms after the caller gave up"), given.join());
  await shoot("given-up-table");
  await browser.click(".wait-mark");
  await browser.until("the call", `return document.querySelector("#details h2")?.textContent.startsWith("POST")`);
  await open(queue, "?view=table");
  const waited = await browser.run(notes);
  assert.ok(waited.includes("send receipts: 45.0 s in the queue"), waited.join());
  assert.ok(waited.includes("process receipts: 45.0 s in the queue: asynchronous"), waited.join());
});
