// What the doctor says: on the trace page beside its spans, and by cause on a page of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { browser, home, NAMES, open, openWindow, otlp, ROWS, shoot, waterfall } from "./stage.js";

/** A request with a parent that is missing inside its process. */
const neverEnded = (/** @type {string} */ service, /** @type {string} */ lost) => ({
  request: { service, name: "GET /price", kind: /** @type {const} */ ("server"), at: 0, lasts: 50_000, flags: 0x101 },
  child: { service, name: "ask", at: 10_000, lasts: 10_000, parent: lost, flags: 0x101 },
});

test("a finding is marked on its span and opens to evidence, remedy and what would disprove it", async () => {
  const service = `shop-${randomId(3)}`;
  const traces = [randomId(16), randomId(16), randomId(16)];
  for (const [at, trace] of traces.entries()) {
    const { request, child } = neverEnded(service, randomId(8));
    const start = startNano(1 + at / 10);
    await sendTree(otlp, trace, request, start);
    await sendTree(otlp, trace, child, start);
  }
  await open(traces[0]);
  const notice = `return document.querySelector("#findings").textContent`;
  await browser.until("what is waited for", `${notice}.includes("Waiting for ${service}, last heard")`);
  assert.ok((await browser.run(NAMES)).includes("local missing parent, likely here"));
  await browser.until("the finding", `${notice}.includes("never")`, { millis: 60_000 });
  const marks = `${ROWS}.map((row) => row.querySelector(".finding-mark") !== null)`;
  assert.deepEqual(await browser.run(marks), [false, true, true], "on the missing parent and its child");
  await browser.run(`document.querySelector("#findings button").click()`);
  await browser.until("the panel", `return document.querySelector("#details .finding[open]") !== null`);
  const terms = await browser.run(
    `return [...document.querySelectorAll("#details .finding dt")].map((term) => term.textContent)`,
  );
  for (const term of ["Where", "How sure", "Evidence", "Change", "Disproved by"]) assert.ok(terms.includes(term), term);
  await shoot("trace-finding");

  await browser.go(`${waterfall}/doctor`);
  const card = `[...document.querySelectorAll(".cause")].find((cause) => cause.textContent.includes("${service}"))`;
  await browser.until("the cause", `return ${card} !== undefined`, { millis: 60_000 });
  assert.equal(await browser.run(`return ${card}.querySelector("code").textContent`), "span-never-ended");
  assert.deepEqual(await browser.problems(), []);
});

test("a finding is suppressed by a click, stays counted, and is brought back", async () => {
  const service = `mill-${randomId(3)}`;
  for (let at = 0; at < 3; at += 1) {
    const { request, child } = neverEnded(service, randomId(8));
    const trace = randomId(16);
    const start = startNano(1 + at / 10);
    await sendTree(otlp, trace, request, start);
    await sendTree(otlp, trace, child, start);
  }
  await browser.go(`${waterfall}/doctor`);
  const finding = `[...document.querySelectorAll(".finding")].find((one) => one.textContent.includes("${service}"))`;
  await browser.until("the finding", `return ${finding} !== undefined`, { millis: 60_000 });
  const click = (/** @type {string} */ within, /** @type {string} */ label) =>
    browser.run(
      `[...${within}.querySelectorAll("button")].find((button) => button.textContent === "${label}").click()`,
    );
  await browser.run(`${finding}.open = true`);
  await shoot("doctor-not-here");
  await click(finding, `in ${service}`);
  await browser.until("that it is gone", `return ${finding} === undefined`);
  const list = `document.querySelector("#suppressed")`;
  assert.match(String(await browser.run(`return ${list}.textContent`)), new RegExp(`in ${service} · 1 finding`));
  assert.match(String(await browser.run(`return document.querySelector("#note").textContent`)), /suppressed/);
  await shoot("doctor-suppressed");
  const entry = `[...${list}.querySelectorAll("li")].find((one) => one.textContent.includes("${service}"))`;
  await click(entry, "bring back");
  await browser.until("that it is back", `return ${finding} !== undefined && ${entry} === undefined`);
  assert.deepEqual(await browser.problems(), []);
});

test("the doctor page fits every window", async () => {
  for (const width of [1400, 600, 390]) {
    const window = await openWindow({ width, height: 900 });
    try {
      await window.go(`${waterfall}/doctor`);
      await window.until("the note", `return /examined/.test(document.querySelector("#note").textContent)`);
      assert.equal(await window.run(`return document.documentElement.scrollWidth <= innerWidth`), true, `${width} px`);
      await shoot(`doctor-${width}`, window);
    } finally {
      await window.close();
    }
  }
});

test("the doctor's page has help and keys, and every page leads to it", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("a trace", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("d");
  await browser.until(
    "the doctor's page",
    `return location.pathname === "/doctor" &&
    /examined/.test(document.querySelector("#note")?.textContent ?? "")`,
  );
  await browser.press("?");
  assert.equal(await browser.run(`return document.querySelector("#help").open`), true);
  await browser.press("?", "g");
  await browser.until(
    "the list",
    `return location.pathname === "/" && document.querySelector(".trace-list-row") !== null`,
  );
  await open(home);
  const links = `return [...document.querySelectorAll(".page-links a")].map((link) => link.getAttribute("href"))`;
  assert.deepEqual(await browser.run(links), ["/?view=services", "/doctor"]);
  const missing = await (await fetch(`${waterfall}/nope`, { headers: { accept: "text/html" } })).text();
  assert.match(missing, /<a href="\/doctor">Doctor<\/a>/);
});

test("code in a finding's text is shown as code", async () => {
  await browser.go(`${waterfall}/doctor`);
  const html = await browser.run(`return import("/assets/view/code-text.js").then(({ codeText }) => {
    const line = document.createElement("p");
    line.append(...codeText("sends a \`traceparent\` on <b>"));
    return line.innerHTML + codeText("one \` alone").join("") })`);
  assert.equal(html, "sends a <code>traceparent</code> on &lt;b&gt;one ` alone");
});
