// The pages in a real browser, against a waterfall that runs:
//   node test/browser/run.js --waterfall http://127.0.0.1:16686 --otlp http://127.0.0.1:4318 [--shots DIR]
// or by WATERFALL_URL, OTLP_URL and SHOTS. Needs Chromium and chromedriver (Debian: chromium-driver).
// It sends its own traces and looks at nothing else, so it may run beside others.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseArgs } from "node:util";
import { randomId, sendLarge, sendTree, startNano } from "./otlp.js";
import { HOSTILE, homeFeed, hostile, usersDown, withoutCaller } from "./traces.js";
import { Browser, Key, startDriver } from "./webdriver.js";

const { values: options } = parseArgs({
  options: {
    waterfall: { type: "string", default: process.env.WATERFALL_URL ?? "http://127.0.0.1:16686" },
    otlp: { type: "string", default: process.env.OTLP_URL ?? "http://127.0.0.1:4318" },
    shots: { type: "string", default: process.env.SHOTS ?? "" },
  },
});
const { waterfall, otlp, shots } = options;

/** Budgets in milliseconds; a slow machine may widen them all. */
const SLACK = Number(process.env.BROWSER_SLACK ?? 1);
const OPEN_MILLIS = 1_000 * SLACK;
const TOGGLE_MILLIS = 16 * SLACK;
const ROWS = `return [...document.querySelectorAll("#rows .row")].filter((row) => !row.hidden).sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"))`;
const NAMES = `${ROWS}.map((row) => row.querySelector(".span-name").textContent)`;
const SELECTED = `return document.querySelector("#rows .row.selected:not([hidden]) .span-name")?.textContent ?? null`;

let driver;
/** @type {Browser} */
let browser;
const home = randomId(16);
const failed = randomId(16);

before(async () => {
  if (shots) await mkdir(shots, { recursive: true });
  await sendTree(otlp, home, homeFeed());
  await sendTree(otlp, failed, usersDown());
  driver = await startDriver();
  browser = await Browser.open(driver.url);
});

after(async () => {
  await browser?.close();
  await driver?.stop();
});

/** @param {string} traceId @param {string} [query] */
async function open(traceId, query = "") {
  await browser.go(`${waterfall}/trace/${traceId}${query}`);
  await browser.until("rows", `return document.querySelectorAll("#rows .row").length > 0`);
}

/**
 * Waits until the server has them all: the receiver may answer before the page's API knows.
 * @param {string} traceId
 * @param {number} count
 */
async function storedRows(traceId, count) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const response = await fetch(`${waterfall}/api/ui/traces/${traceId}`);
    const rows = response.ok ? (await response.json()).rows.length : 0;
    if (rows === count) return;
    if (Date.now() > deadline) throw new Error(`${rows} of ${count} rows`);
  }
}

/** @param {string} name */
async function shoot(name, from = browser) {
  if (shots) await from.screenshot(join(shots, `${name}.png`));
}

test("the home feed is eleven rows in the order of its tree", async () => {
  await open(home);
  assert.deepEqual(await browser.run(NAMES), [
    "GET /api/activities/home", "GET", "GET /activities/home", "home-activities", "SELECT activities", "GET", "GET /users", "SELECT users", "GET", "GET /users/{handle}", "SELECT users",
  ]);
  const levels = await browser.run(`${ROWS}.map((row) => Number(row.getAttribute("aria-level")))`);
  assert.deepEqual(levels, [1, 2, 3, 4, 5, 5, 6, 7, 2, 3, 4]);
  assert.match(await browser.run(`return document.querySelector(".facts").textContent`), /42\.3 ms.*11.*3/);
  await shoot("trace-light");
});

test("the page names the slowest span and goes to it", async () => {
  await open(home);
  assert.match(await browser.run(`return document.querySelector(".callout.slow").textContent`), /users SELECT users\s*18\.9 ms/);
  await browser.click(".callout.slow");
  assert.equal(await browser.run(SELECTED), "SELECT users");
  await browser.until("its statement", `return document.querySelector("#details").textContent.includes("handle IN (?1, ?2, ?3)")`);
  await shoot("trace-details");
});

test("keys walk, collapse, expand and open", async () => {
  await open(home);
  await browser.press(Key.down, Key.down, Key.down);
  assert.equal(await browser.run(SELECTED), "GET /activities/home");
  await browser.press(Key.left);
  assert.equal((await browser.run(NAMES)).length, 6);
  assert.equal(await browser.run(`return document.querySelector("#rows .row.selected").getAttribute("aria-expanded")`), "false");
  await browser.press(Key.right);
  assert.equal((await browser.run(NAMES)).length, 11);
  await browser.press("2");
  assert.equal((await browser.run(NAMES)).length, 3);
  await browser.press("x");
  assert.equal((await browser.run(NAMES)).length, 11);
  await browser.press(Key.end, Key.enter);
  assert.equal(await browser.run(`return document.querySelector("#details h2").textContent`), "SELECT users");
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
  const groups = await browser.run(`return [...document.querySelectorAll("#details .section > h3")].map((title) => title.firstChild.textContent)`);
  assert.deepEqual(groups, ["HTTP", "Network"]);
});

test("the address holds selection and zoom, and opens them again", async () => {
  await open(home);
  const minimap = await browser.run(`const box = document.querySelector("#minimap").getBoundingClientRect(); return { x: box.x, y: box.y + box.height / 2, width: box.width }`);
  await browser.drag([minimap.x + minimap.width * 0.25, minimap.y], [minimap.x + minimap.width * 0.5, minimap.y]);
  await browser.press("s", Key.enter);
  const address = await browser.until("the address", `return location.search.includes("from=") && location.search.includes("span=") && location.search.includes("details") && location.href`);
  await browser.go("about:blank");
  await browser.go(address);
  await browser.until("the details", `return document.querySelector("#details h2")?.textContent === "SELECT users"`);
  assert.equal(await browser.run(SELECTED), "SELECT users");
  assert.equal(await browser.run(`return document.querySelector("#minimap").classList.contains("whole")`), false);
  await browser.press(Key.escape, "0");
  assert.equal(await browser.run(`return document.querySelector("#minimap").classList.contains("whole")`), true);
});

test("a search finds, counts and steps", async () => {
  await open(home);
  await browser.press("/");
  await browser.press(..."service=users kind=client", Key.enter);
  assert.equal(await browser.run(SELECTED), "SELECT users");
  assert.equal(await browser.run(`return document.querySelector(".find-count").textContent`), "1 of 2");
  assert.equal(await browser.run(`return document.querySelectorAll("#rows .row.found:not([hidden])").length`), 2);
});

test("errors are marked, counted and led to", async () => {
  await open(failed);
  assert.equal(await browser.run(`return document.querySelectorAll("#rows .row.error:not([hidden]) .error-mark").length`), 4);
  assert.match(await browser.run(`return document.querySelector(".callout.error").textContent`), /4 errors.*activities GET/);
  await browser.click(".callout.error");
  await browser.until("the message", `return document.querySelector(".error-box")?.textContent.includes("Connection refused")`);
  await shoot("trace-error");
});

test("flame, table, services and comparison show the same trace", async () => {
  await open(home);
  const press = async (view) => {
    await browser.click(`#views [data-view="${view}"]`);
    await browser.until(`the address of ${view}`, `return location.search.includes("view=${view}")`);
  };
  await press("flame");
  const painted = `const canvas = document.querySelector(".flame-canvas"); const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data; return data.some((value) => value !== 0)`;
  await browser.until("the flame", painted);
  await shoot("trace-flame");
  await press("table");
  assert.match(await browser.run(`return document.querySelector(".operations tbody tr").textContent`), /users.*SELECT users.*2.*19\.7 ms/);
  await shoot("trace-table");
  await press("graph");
  assert.deepEqual(await browser.run(`return [...document.querySelectorAll(".graph-node .chip-name")].map((name) => name.textContent).sort()`), ["activities", "gateway", "users"]);
  assert.equal(await browser.run(`return document.querySelectorAll("path.graph-edge").length`), 3);
  await shoot("trace-services");
  await press("compare");
  await browser.until("traces to compare with", `return document.querySelector(".compare-choice") !== null`);
  await browser.go(`${waterfall}/trace/${home}?view=compare&with=${failed}`);
  await browser.until("the comparison", `return document.querySelectorAll(".comparison tbody tr").length > 5`);
  assert.match(await browser.run(`return document.querySelector(".comparison").textContent`), /GET \/usersonly here|GET \/users.*only here/);
  await shoot("trace-compare");
  await browser.press("v");
  await browser.until("the waterfall again", `return document.querySelectorAll("#rows .row:not([hidden])").length === 11`);
});

test("a missing parent is a gap, and goes when the parent comes", async () => {
  const trace = randomId(16);
  const start = startNano();
  const whole = homeFeed();
  const caller = whole.children[0];
  caller.id = randomId(8);
  await sendTree(otlp, trace, withoutCaller(caller.id), start);
  await open(trace);
  assert.equal((await browser.run(NAMES))[0], "parent not received");
  assert.match(await browser.run(`return document.querySelector("#notices").textContent`), /Waiting for 1 parent span/);
  await browser.press(Key.down, Key.down, Key.down);
  const selected = await browser.run(SELECTED);
  await shoot("trace-gap");
  whole.children = [{ ...caller, children: [] }];
  await sendTree(otlp, trace, whole, start);
  await browser.until("the gap to close", `return document.querySelectorAll("#rows .row.gap:not([hidden])").length === 0 && document.querySelector("#notices").textContent === ""`);
  assert.deepEqual((await browser.run(NAMES)).slice(0, 3), ["GET /api/activities/home", "GET", "GET /activities/home"]);
  assert.equal(await browser.run(SELECTED), selected, "the selection stays");
});

test("a trace that is not there yet shows when it comes", async () => {
  const trace = randomId(16);
  await browser.go(`${waterfall}/trace/${trace}`);
  await browser.until("the waiting page", `return document.querySelector("#waiting h1")?.textContent === "Waiting for the first span"`);
  await shoot("trace-waiting");
  await sendTree(otlp, trace, homeFeed());
  await browser.until("the rows", `return document.querySelectorAll("#rows .row:not([hidden])").length === 11`);
  assert.equal(await browser.run(`return document.querySelector("#waiting").hidden`), true);
});

test("what is no trace id is said to be none", async () => {
  await browser.go(`${waterfall}/trace/nonsense`);
  await browser.until("the page", `return document.querySelector("#waiting h1")?.textContent === "This is no trace id"`);
  await browser.problems();
});

test("names that are markup stay text, everywhere", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, hostile());
  await browser.go(`${waterfall}/?find=onerror`);
  await browser.until("the list", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  assert.equal(await browser.run(`return document.querySelector('[data-trace="${trace}"] .feed-name').textContent`), HOSTILE);
  await open(trace);
  assert.equal((await browser.run(NAMES))[0], HOSTILE);
  await browser.press(Key.down, Key.enter);
  await browser.until("the attributes", `return document.querySelector("#details .attributes dt") !== null`);
  assert.equal(await browser.run(`return document.querySelector("#details h2").textContent`), HOSTILE);
  await shoot("trace-hostile");
  assert.equal(await browser.run(`return document.querySelectorAll("img, b, [onerror], [onmouseover], a[href^=javascript]").length`), 0);
  assert.equal(await browser.run(`return window.owned ?? null`), null);
});

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

for (const [name, window] of /** @type {const} */ ([
  ["dark", { dark: true }],
  ["narrow", { width: 420, height: 820 }],
])) {
  test(`both pages are whole in a ${name} window`, async () => {
    const other = await Browser.open(driver.url, window);
    try {
      for (const [page, path, wanted] of [["traces", "/", ".feed-row"], ["trace", `/trace/${home}`, "#rows .row"]]) {
        await other.go(`${waterfall}${path}`);
        await other.until("the page", `return document.querySelector("${wanted}") !== null`);
        const wide = await other.run(`return document.documentElement.scrollWidth - innerWidth`);
        assert.ok(wide <= 0, `${page}: ${wide} px stick out`);
        await shoot(`${page}-${name}`, other);
      }
      assert.deepEqual(await other.problems(), []);
    } finally {
      await other.close();
    }
  });
}

for (const [shape, count] of /** @type {const} */ ([["wide", 100_000], ["deep", 10_000]])) {
  test(`${count} spans, ${shape}: open, toggle and scroll within the budgets`, async (t) => {
    const trace = randomId(16);
    await sendLarge(otlp, trace, shape, count);
    await storedRows(trace, count);
    // The best of three: what else the machine does is not the page's.
    const opened = [];
    for (let n = 0; n < 3; n += 1) {
      await browser.go(`${waterfall}/trace/${trace}`);
      opened.push(await browser.until("the first paint", `return performance.getEntriesByName("waterfall:shown")[0]?.startTime`, { millis: 30_000 }));
    }
    const shown = Math.min(...opened);
    await browser.until("quiet", `return performance.now() > ${opened[2]} + 700`);
    const toggles = await browser.run(`
      const rows = document.querySelector("#rows");
      const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      press("Home");
      const times = [];
      for (let n = 0; n < 20; n += 1) {
        const began = performance.now();
        press(n % 2 ? "ArrowRight" : "ArrowLeft");
        rows.getBoundingClientRect();
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b)`);
    const frames = await browser.runAsync(`
      const done = arguments[arguments.length - 1];
      const rows = document.querySelector("#rows");
      const times = [];
      let last = performance.now();
      const step = (now) => {
        times.push(now - last);
        last = now;
        rows.scrollTop += 970;
        if (times.length < 120) requestAnimationFrame(step);
        else done(times.slice(5).sort((a, b) => a - b));
      };
      requestAnimationFrame(step)`);
    const elements = await browser.run(`return document.querySelectorAll("#rows .row").length`);
    const [middle, worst] = [toggles[10], toggles[18]];
    t.diagnostic(`${shape} ${count}: first paint ${opened.map((millis) => millis.toFixed(0)).join(", ")} ms; toggle median ${middle.toFixed(1)} ms, p95 ${worst.toFixed(1)} ms; frame while scrolling median ${frames[57].toFixed(1)} ms, p95 ${frames[109].toFixed(1)} ms; ${elements} row elements`);
    await shoot(`trace-${shape}`);
    assert.ok(elements < 120, `${elements} row elements`);
    assert.ok(shown < OPEN_MILLIS, `first paint after ${shown} ms`);
    assert.ok(middle < TOGGLE_MILLIS, `a toggle takes ${middle} ms`);
  });
}

test("no page has written an error to the console", async () => {
  const problems = (await browser.problems()).filter((message) => !/404 \(Not Found\)/.test(message));
  assert.deepEqual(problems, []);
});
