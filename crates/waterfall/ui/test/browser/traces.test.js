// The trace list and the services page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { browser, failed, home, onlyRefusals, otlp, shoot, waterfall } from "./stage.js";
import { homeFeed } from "./traces.js";
import { Key } from "./webdriver.js";

test("new traces appear automatically and can be opened", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.until("the stream", `return document.querySelector("#connection-state").dataset.state === "live"`);
  const trace = randomId(16);
  await sendTree(otlp, trace, homeFeed());
  await browser.until("the new trace", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  const text = await browser.run(`return document.querySelector('[data-trace="${trace}"]').textContent`);
  assert.match(text, /gatewayGET \/api\/activities\/home.*gateway3.*42\.3 ms/s);
  await shoot("traces-light");
  await browser.press("/");
  await browser.press(..."status=error");
  await browser.until(
    "the filter",
    `return document.querySelector('[data-trace="${trace}"]') === null
      && document.querySelector('[data-trace="${failed}"]') !== null`,
  );
  await browser.press(Key.escape);
  await browser.click(`[data-trace="${trace}"]`);
  await browser.until(
    "the trace",
    `return location.pathname.endsWith("${trace}") && document.querySelectorAll("#rows .row").length > 0`,
  );
});

test("the services page shows RED metrics of every service and operation, and links to their traces", async () => {
  await browser.go(`${waterfall}/?view=services`);
  await browser.until(
    "the metrics",
    `return [...document.querySelectorAll(".services-table tbody tr")]
      .some((line) => line.textContent.includes("SELECT activities"))`,
  );
  // The table of calls is there however many services there are; the map draws up to sixty.
  const calls = await browser.run(
    `return [...document.querySelectorAll(".services-map tbody tr")]
      .map((line) => [...line.cells].map((cell) => cell.textContent).join(" "))`,
  );
  for (const pair of ["gateway activities", "gateway users"]) {
    // Calls, errors, p95 and maximum of the caller; spans, errors and p95 of the callee.
    const figures = / \d+ \d+ [\d.]+ \S+ [\d.]+ \S+ \d+ \d+ [\d.]+ \S+$/;
    assert.ok(calls.some((line) => line.startsWith(pair) && figures.test(line)), pair);
  }
  const lines = await browser.run(
    `return [...document.querySelectorAll(".services-table tbody tr")]
      .map((line) => line.querySelectorAll(".sparkline .line").length)`,
  );
  assert.ok(lines.length > 8 && lines.every((sparklines) => sparklines === 3), lines.join());
  assert.ok(
    await browser.run(
      `return [...document.querySelectorAll(".sparkline .line")].some((line) => line.getAttribute("d").length > 20)`,
    ),
    "a sparkline has a course",
  );
  await shoot("services");
  await browser.run(
    `[...document.querySelectorAll(".services-table .operation-link")]
      .find((link) => link.textContent === "SELECT activities").click()`,
  );
  await browser.until(
    "its traces",
    `return document.querySelector('[data-trace="${home}"]') !== null
      && document.querySelector("#filter").value.includes("SELECT activities")`,
  );
});

test("metrics cover the selected time range", async () => {
  const service = `long-ago-${randomId(4)}`;
  await sendTree(
    otlp,
    randomId(16),
    { service, name: "GET /old", kind: "server", at: 0, lasts: 900 },
    startNano(1_800),
  );
  await browser.go(`${waterfall}/?view=services`);
  const has = `[...document.querySelectorAll(".services-table tbody tr")]
      .some((line) => line.textContent.includes("${service}"))`;
  await browser.until("all", `return ${has}`);
  const choose = (label) =>
    browser.run(
      `[...document.querySelectorAll(".services-bar button")].find((button) => button.textContent === "${label}")
        .click()`,
    );
  await choose("5 min");
  await browser.until(
    "the last five minutes",
    `return document.querySelector(".services-table tbody tr") !== null && !${has}`,
  );
  await choose("1 hour");
  await browser.until("the last hour", `return ${has}`);
});

test("a histogram bar filters by its durations", async () => {
  const service = `bimodal-${randomId(4)}`;
  for (const lasts of [1_000, 1_000, 1_000, 900_000]) {
    await sendTree(otlp, randomId(16), { service, name: "GET /n", kind: "server", at: 0, lasts });
  }
  await browser.go(`${waterfall}/?find=service%3D${service}`);
  await browser.until(
    "all four",
    `return document.querySelectorAll(".trace-list-row").length === 4
      && document.querySelectorAll("button.histogram-bin").length === 2`,
  );
  assert.match(
    await browser.run(`return document.querySelector("button.histogram-bin").getAttribute("aria-label")`),
    /^1 trace, .* to .*\. Filter by this duration$/,
  );
  await browser.click("button.histogram-bin");
  await browser.until(
    "the slow one",
    `return document.querySelectorAll(".trace-list-row").length === 1
      && document.querySelector(".trace-list-row").textContent.includes("900 ms")`,
  );
});

test("a scatter dot links to its trace", async () => {
  const service = `dots-${randomId(4)}`;
  const slow = randomId(16);
  await sendTree(otlp, slow, { service, name: "GET /slow", kind: "server", at: 0, lasts: 900_000 });
  await sendTree(
    otlp,
    randomId(16),
    { service, name: "GET /quick", kind: "server", at: 0, lasts: 1_000 },
    startNano(30),
  );
  await browser.go(`${waterfall}/?find=service%3D${service}`);
  await browser.until("two dots", `return document.querySelectorAll(".scatter a").length === 2`);
  await browser.click(`.scatter a[href$="${slow}"] .dot-mark`);
  await browser.until(
    "its rows",
    `return location.pathname.endsWith("${slow}") && document.querySelectorAll("#rows .row").length > 0`,
  );
});

test("pausing holds back new traces, which are counted and shown on request", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until(
    "the stream",
    `return document.querySelector("#connection-state").dataset.state === "live"
      && document.querySelector(".trace-list-row") !== null`,
  );
  await browser.press("p");
  const trace = randomId(16);
  await sendTree(otlp, trace, homeFeed());
  await browser.until(
    "the count",
    `return !document.querySelector("#new-traces").hidden
      && /new trace/.test(document.querySelector("#new-traces").textContent)`,
  );
  assert.equal(await browser.run(`return document.querySelector('[data-trace="${trace}"]')`), null);
  await browser.press("p");
  await browser.until("the new trace", `return document.querySelector('[data-trace="${trace}"]') !== null`);
});

test("a filter finds traces by any attribute of any span", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("/");
  await browser.press(..."app.result_length=3 name=home-activities");
  await browser.until(
    "the server's answer",
    `return document.querySelector('[data-trace="${home}"]') !== null
      && /found/.test(document.querySelector("#count").textContent)`,
  );
  await browser.press(Key.escape);
});

test("the way back from a trace keeps the filter of the list", async () => {
  await browser.go(`${waterfall}/?find=${encodeURIComponent("service=activities")}`);
  await browser.until("the trace", `return document.querySelector('[data-trace="${home}"]') !== null`);
  await browser.run(`document.querySelector('[data-trace="${home}"]').click()`);
  await browser.until("the trace page", `return document.querySelector("#rows .row") !== null`);
  assert.equal(
    await browser.run(`return document.querySelector("#crumb-list").getAttribute("href")`),
    "/?find=service%3Dactivities",
  );
  await browser.press("u");
  await browser.until("the list", `return document.querySelector("#filter")?.value === "service=activities"`);
});

test("a trace that the list opened in a new tab knows the filter", async () => {
  await browser.go(`${waterfall}/?find=${encodeURIComponent("service=activities")}`);
  await browser.until("the trace", `return document.querySelector('[data-trace="${home}"]') !== null`);
  // A new tab has the referrer, but no session storage.
  await browser.run(`sessionStorage.clear(); document.querySelector('[data-trace="${home}"]').click()`);
  await browser.until("the trace page", `return document.querySelector("#rows .row") !== null`);
  const back = await browser.run(`return document.querySelector("#crumb-list").getAttribute("href")`);
  assert.equal(back, "/?find=service%3Dactivities");
});

test("a query that cannot be read has an error message and no count", async () => {
  await browser.go(`${waterfall}/?find=${encodeURIComponent("trace.duration>abc")}`);
  await browser.until("the message", `return !document.querySelector("#problem").hidden`);
  assert.deepEqual(
    await browser.run(`
      return [document.querySelector("#count").textContent, document.querySelector("#nothing").hidden]`),
    ["", true],
  );
  await browser.go("about:blank");
  await onlyRefusals();
});

const PILL = `const pill = document.querySelector("#new-traces");`;
const LISTED = `return [...document.querySelectorAll(".trace-list-row")].map((row) => row.dataset.trace)`;
const LIVE = `return document.querySelector("#connection-state").dataset.state === "live"`;

test("the number of new traces stays in sight in a scrolled list", async () => {
  for (let n = 0; n < 30; n += 1) await sendTree(otlp, randomId(16), homeFeed());
  await browser.go(`${waterfall}/`);
  await browser.until("the stream", LIVE);
  await browser.until("a long list", `return document.querySelectorAll(".trace-list-row").length >= 30`);
  await browser.run(`scrollTo(0, 500)`);
  const trace = randomId(16);
  await sendTree(otlp, trace, homeFeed());
  await browser.until("the number", `${PILL} return !pill.hidden`);
  assert.equal(await browser.run(`return document.querySelector('[data-trace="${trace}"]')`), null);
  assert.ok(
    await browser.run(`${PILL}
      const { left, top, width, height } = pill.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === pill`),
  );
  await browser.click("#new-traces");
  await browser.until("the new trace", `return document.querySelector('[data-trace="${trace}"]') !== null`);
});

test("filtered traces hold still under the pointer", async () => {
  const service = `still-${randomId(4)}`;
  const send = async () => {
    const trace = randomId(16);
    await sendTree(otlp, trace, { service, name: "GET /still", kind: "server", at: 0, lasts: 1_000 });
    return trace;
  };
  for (let n = 0; n < 3; n += 1) await send();
  await browser.go(`${waterfall}/?find=service%3D${service}`);
  await browser.until("the stream", LIVE);
  await browser.until("all three", `return document.querySelectorAll(".trace-list-row").length === 3`);
  const before = await browser.run(LISTED);
  const { x, y } = await browser.run(`
    const { left, top, height } = document.querySelector(".trace-list-row").getBoundingClientRect();
    return { x: left + 200, y: top + height / 2 }`);
  await browser.point(x, y);
  await send();
  await browser.until("the first", `${PILL} return /^↑ 1 /.test(pill.textContent) && !pill.hidden`);
  const last = await send();
  await browser.until("the second", `${PILL} return /^↑ 2 /.test(pill.textContent)`);
  assert.deepEqual(await browser.run(LISTED), before);
  await browser.point(2, 2);
  await browser.until("both", `return document.querySelectorAll(".trace-list-row").length === 5`);
  assert.equal((await browser.run(LISTED))[0], last);
});

test("the list holds still while a row has the focus, and catches up when it has lost it", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the stream", LIVE);
  await browser.until("rows", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("j");
  const trace = randomId(16);
  await sendTree(otlp, trace, { service: "held", name: "GET /held", kind: "server", at: 0, lasts: 1_000 });
  await browser.until("the count", `${PILL} return !pill.hidden`);
  const listed = `return document.querySelector('[data-trace="${trace}"]') !== null`;
  assert.equal(await browser.run(listed), false);
  await browser.run(`document.activeElement.blur()`);
  await browser.until("the new trace", listed);
});
