// Pictures of every page and view, to compare two versions by eye:
//   node test/browser/shots.js PROGRAM DIR [NAME..]
// PROGRAM is the launcher's binary. Without names all pages are taken, each in three widths, light and dark.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startInstance } from "./instance.js";
import { randomId, sendLogs, sendRoots, sendTree, startNano } from "./otlp.js";
import { plantedTraces } from "./planted.js";
import { shortTrace } from "./planted-trees.js";
import { homeFeed, homeLogs, usersDown } from "./traces.js";
import { Browser, startDriver } from "./webdriver.js";

const SIZES = /** @type {const} */ ([[1400, 900], [600, 900], [390, 844]]);
/** How long a page may take to show what it is photographed for. */
const DEADLINE_MILLIS = 15_000;

const [program, folder, ...names] = process.argv.slice(2);
if (!program || !folder) throw new Error("usage: shots.js PROGRAM DIR [NAME..]");
await mkdir(folder, { recursive: true });

const full = await startInstance(program);
const empty = await startInstance(program);
const closed = await startInstance(program, { WATERFALL_READ_TOKEN: randomId(16) });
const driver = await startDriver();
try {
  const pages = await sendAll();
  for (const dark of [false, true]) {
    for (const [width, height] of SIZES) await photograph(pages, { width, height, dark });
  }
} finally {
  await driver.stop();
  for (const instance of [full, empty, closed]) instance.stop();
}

/**
 * Sends the traces.
 * @returns {Promise<[name: string, url: string, shown: string][]>} the pages, with a selector of what they must show
 */
async function sendAll() {
  const otlp = full.otlp_http;
  const [home, failed] = [randomId(16), randomId(16)];
  const feed = { ...homeFeed(), id: randomId(8) };
  const start = startNano(8);
  const planted = [];
  for (let n = 0; n < 40; n += 1) await sendRoots(otlp, [randomId(16)], shortTrace(n), startNano(60 + n * 4));
  for (const { parts, ago } of plantedTraces()) {
    const traceId = randomId(16);
    const begin = startNano(ago ?? 30);
    for (const part of parts) await sendTree(otlp, traceId, part, begin);
    planted.push(traceId);
  }
  await sendTree(otlp, failed, usersDown(), startNano(12));
  await sendTree(otlp, home, feed, start);
  await sendLogs(otlp, home, homeLogs(feed), start);
  const page = full.http;
  const trace = `${page}/trace/${home}`;
  return [
    ["list", `${page}/`, ".trace-list-row"],
    ["list-search", `${page}/?find=service%3Dusers`, ".trace-list-row"],
    ["list-no-match", `${page}/?find=service%3Dnone`, "#nothing:not([hidden])"],
    ["list-bad-query", `${page}/?find=duration%3E%3D%3D`, "#problem:not([hidden])"],
    ["list-empty", `${empty.http}/`, "#empty h1"],
    ["services", `${page}/?view=services`, ".services-table tbody tr"],
    ["doctor", `${page}/doctor`, ".hop-matrix, .doctor-empty"],
    ["doctor-empty", `${empty.http}/doctor`, ".doctor-empty"],
    ["waterfall", trace, "#rows .row"],
    ["waterfall-error", `${page}/trace/${failed}`, "#rows .row"],
    ["panel", `${trace}?span=${feed.id}&details`, "#details .attributes"],
    ["flame", `${trace}?view=flame`, ".flame-canvas"],
    ["table", `${trace}?view=table`, ".operations tbody tr"],
    ["graph", `${trace}?view=graph`, ".graph-node"],
    ["logs", `${trace}?view=logs`, ".log-item"],
    ["compare", `${trace}?view=compare&with=${failed}`, ".comparison tbody tr"],
    ["trace-unknown", `${page}/trace/${randomId(16)}`, "#waiting h1"],
    ["trace-invalid", `${page}/trace/not-an-id`, "#waiting h1, main h1"],
    ["unknown-path", `${page}/services`, "body"],
    ["sign-in", `${closed.http}/`, "#token"],
    ...planted.flatMap((id, n) => /** @type {[string, string, string][]} */ ([
      [`planted-${n + 1}`, `${page}/trace/${id}`, "#rows .row"],
      [`planted-${n + 1}-graph`, `${page}/trace/${id}?view=graph`, ".graph-node"],
    ])),
  ].filter(([name]) => names.length === 0 || names.includes(name));
}

/**
 * @param {[string, string, string][]} pages
 * @param {{ width: number, height: number, dark: boolean }} window
 */
async function photograph(pages, window) {
  const browser = await Browser.open(driver.url, window);
  try {
    for (const [name, url, shown] of pages) {
      await browser.go(url);
      const isShown = `return document.querySelector(arguments[0]) !== null`;
      await browser.until(`${name}: ${shown}`, isShown, { args: [shown], millis: DEADLINE_MILLIS })
        .catch((error) => console.error(error.message));
      const file = `${name}-${window.width}-${window.dark ? "dark" : "light"}.png`;
      await browser.screenshot(join(folder, file));
    }
  } finally {
    await browser.close();
  }
}
