// The details panel of a span, and what its row and bar show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, home, open, otlp, ROWS, SELECTED, shoot } from "./stage.js";
import { homeFeed, STATEMENT } from "./traces.js";
import { Key } from "./webdriver.js";

/** Opens the details of a row, counted from 1. @param {number} n */
async function details(n) {
  await browser.click(`#rows .row[aria-rowindex="${n}"] .span-name`);
  await browser.until("the details", `return document.querySelector("#details").getAttribute("aria-busy") === "false"`);
}
const panel = (selector) => browser.run(`return document.querySelector("#details ${selector}")?.textContent ?? null`);

test("a remote call is shown from its client and its server span", async () => {
  await open(home);
  await details(2);
  assert.match(
    await panel(".remote-call"),
    /gateway GET38\.4 ms.*activities GET \/activities\/home34\.5 ms.*starts 410 µs after .* ends 3\.49 ms before it/s,
  );
  assert.equal(await browser.run(`${ROWS}[1].querySelector(".bar").classList.contains("call")`), true);
  await browser.click("#details .remote-call .link-button");
  assert.equal(await browser.run(SELECTED), "GET /activities/home");
  assert.match(await panel(".remote-call"), /starts 410 µs after the client span and ends 3\.49 ms before it/);
  await details(5);
  assert.equal(await panel(".remote-call"), null);
});

test("log records are shown on the row, on the bar and in the details", async () => {
  await open(home);
  await browser.until("the logs", `${ROWS}[3].querySelector(".log-mark.warn") !== null`);
  assert.equal(await browser.run(`${ROWS}[3].querySelector(".log-ticks").getAttribute("d").match(/M/g).length`), 2);
  await details(4);
  assert.match(await panel(".logs"), /DEBUGreading the page.*WARNone author has no display name/s);
  await browser.click("#details .logs li:nth-child(2) summary");
  assert.match(await panel(".logs li:nth-child(2)"), /handle: garek.*app\.handle.*garek/s);
  await shoot("trace-logs-of-span");
});

test("the logs view lists all records and links to their spans", async () => {
  await open(home, "?view=logs");
  await browser.until("the records", `return document.querySelectorAll(".log-item").length === 4`);
  const bodies = await browser.run(
    `return [...document.querySelectorAll(".log-item .log-line .log-text")].map((line) => line.textContent)`,
  );
  assert.deepEqual(bodies, [
    "GET /api/activities/home for andrewbrown",
    "reading the page",
    "one author has no display name",
    "written without a span",
  ]);
  await shoot("trace-logs");
  await browser.run(
    `const levels = document.querySelector(".log-bar select"); levels.value = "warn";
      levels.dispatchEvent(new Event("change"))`,
  );
  assert.equal(await browser.run(`return document.querySelectorAll(".log-item").length`), 1);
  await browser.click(".log-item .log-span");
  await browser.until("its span", `return document.querySelector("#details h2")?.textContent === "home-activities"`);
});

test("span links lead both ways", async () => {
  const [cause, effect] = [randomId(16), randomId(16)];
  const root = homeFeed();
  await sendTree(otlp, cause, root);
  await sendTree(otlp, effect, {
    service: "mailer",
    name: "deliver",
    kind: "consumer",
    at: 0,
    lasts: 900,
    links: [{ traceId: cause, spanId: root.id }],
  });
  await open(effect);
  await details(1);
  await browser.until(
    "the link",
    `return [...document.querySelectorAll("#details h3")].some((title) => title.textContent.startsWith("Links"))`,
  );
  await browser.click("#details .links a");
  await browser.until(
    "the linked span",
    `return location.pathname.endsWith("${cause}")
      && document.querySelector("#details h2")?.textContent === "GET /api/activities/home"`,
  );
  await browser.until(
    "the link back",
    `return document.querySelector("#details")?.textContent.includes("Linked from")`,
  );
  await browser.click("#details .links a");
  await browser.until(
    "the linking span",
    `return location.pathname.endsWith("${effect}")
      && document.querySelector("#details h2")?.textContent === "deliver"`,
  );
});

test("attributes are copied exactly", async () => {
  await open(home);
  await details(5);
  await browser.run(`navigator.clipboard.writeText = async (text) => { window.copied = text; }`);
  await browser.run(
    `[...document.querySelectorAll("#details .attribute")].find((line) => line.textContent.includes("db.query.text"))
      .querySelector(".copy").click()`,
  );
  assert.equal(
    await browser.until("the copy", "return window.copied"),
    STATEMENT,
  );
});

test("a span's duration is compared with its operation's percentiles", async () => {
  const service = `percentile-${randomId(4)}`;
  for (let n = 1; n <= 20; n += 1) {
    await sendTree(otlp, randomId(16), { service, name: "GET /n", kind: "server", at: 0, lasts: n * 1_000 });
  }
  const slow = randomId(16);
  await sendTree(otlp, slow, { service, name: "GET /n", kind: "server", at: 0, lasts: 90_000 });
  await open(slow);
  await details(1);
  const text = await browser.until(
    "the percentile",
    `return document.querySelector("#details .percentile")?.textContent`,
  );
  assert.match(text, /longest duration of 21 spans of this operation.*p50 11\.0 ms.*p95 20\.0 ms.*max 90\.0 ms/);
});

test("events are markers on the bar and listed with their time in the details", async () => {
  await open(home);
  await browser.until("the events", `${ROWS}[3].querySelector(".event-markers").getAttribute("d") !== ""`);
  await details(4);
  assert.match(await panel(".events"), /page assembled \+32\.1 ms/);
});

test("the longest gap of a span is shown and can be zoomed to", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, {
    service: "batch",
    name: "import",
    at: 0,
    lasts: 100_000,
    children: [{ service: "batch", name: "read", at: 0, lasts: 10_000 }, {
      service: "batch",
      name: "write",
      at: 70_000,
      lasts: 30_000,
    }],
  });
  await open(trace);
  await details(1);
  assert.match(await panel(".timing"), /Longest gap60\.0 ms without child spans, from \+10\.0 ms/);
  await browser.run(
    `[...document.querySelectorAll("#details .timing .link-button")].find((button) => button.textContent === "60.0 ms")
      .click()`,
  );
  await browser.until("the zoom", `return location.search.includes("from=4")`);
  await browser.press(Key.escape);
});
