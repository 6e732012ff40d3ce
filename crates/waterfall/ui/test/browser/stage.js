// Shared set-up of the browser tests: a browser, traces that were sent, and helpers to open and read pages.
// The tests only look at their own traces, so they may run beside others.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import { parseArgs } from "node:util";
import { randomId, sendLogs, sendTree, startNano } from "./otlp.js";
import { homeFeed, homeLogs, usersDown } from "./traces.js";
import { Browser, startDriver } from "./webdriver.js";

const { values: options } = parseArgs({
  options: {
    waterfall: { type: "string", default: process.env.WATERFALL_URL ?? "http://127.0.0.1:16686" },
    otlp: { type: "string", default: process.env.OTLP_URL ?? "http://127.0.0.1:4318" },
    shots: { type: "string", default: process.env.SHOTS ?? "" },
  },
});
export const { waterfall, otlp, shots } = options;

/** Script that returns the visible rows in order. */
export const ROWS = `return [...document.querySelectorAll("#rows .row")].filter((row) => !row.hidden)
  .sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"))`;
export const NAMES = `${ROWS}.map((row) => row.querySelector(".span-name").textContent)`;
export const SELECTED =
  `return document.querySelector("#rows .row.selected:not([hidden]) .span-name")?.textContent ?? null`;

export const home = randomId(16);
export const failed = randomId(16);
/** Span id of the root of `home`. */
export const homeRoot = randomId(8);

let driver;
/** @type {Browser} */
export let browser;

before(async () => {
  if (shots) await mkdir(shots, { recursive: true });
  const spans = { ...homeFeed(), id: homeRoot };
  const start = startNano();
  await sendTree(otlp, home, spans, start);
  await sendLogs(otlp, home, homeLogs(spans), start);
  await sendTree(otlp, failed, usersDown());
  driver = await startDriver();
  browser = await Browser.open(driver.url);
});

after(async () => {
  await browser?.close();
  await driver?.stop();
});

/** Opens another window of the same browser. @param {{ width?: number, height?: number, dark?: boolean }} window */
export function openWindow(window) {
  return Browser.open(driver.url, window);
}

/** @param {string} traceId @param {string} [query] */
export async function open(traceId, query = "", from = browser) {
  await from.go(`${waterfall}/trace/${traceId}${query}`);
  await from.until("the view", `return document.querySelector("#rows .row, #other-view > *") !== null`);
}

/**
 * Waits until the API returns all rows: the receiver responds before they are visible to queries.
 * @param {string} traceId
 * @param {number} count
 */
export async function storedRows(traceId, count) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(`${waterfall}/api/ui/traces/${traceId}`);
    const rows = response.ok ? (await response.json()).rows.id.length : 0;
    if (rows === count) return;
    if (Date.now() > deadline) throw new Error(`${rows} of ${count} rows`);
  }
}

/** @param {string} name */
export async function shoot(name, from = browser) {
  if (shots) await from.screenshot(join(shots, `${name}.png`));
}

/** Asserts that the console has only messages about status 400 and 404, which the tests provoke. */
export async function onlyRefusals() {
  for (const problem of await browser.problems()) assert.match(problem, /status (of )?40[04]\b/);
}
