// The event stream, as the pages receive it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendRoots, sendTree, startNano } from "./otlp.js";
import { browser, open, otlp, ROWS, waterfall } from "./stage.js";

/** More new traces than the server reports one by one. */
const FLOOD = 700;

/** Counts the events that a separate stream receives in the page. */
const listen = () =>
  browser.run(`
  window.received = { trace: 0, resync: 0 };
  const stream = new EventSource("/api/stream");
  for (const kind of Object.keys(window.received)) stream.addEventListener(kind, () => (window.received[kind] += 1));
  stream.addEventListener("open", () => (window.listening = true))`);

/** Waits until the page stops sending requests. */
const quiet = () =>
  browser.until(
    "a quiet page",
    `
  const requests = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/api/ui/traces"))
    .map(({ responseEnd }) => responseEnd);
  return document.querySelector("#connection-state").dataset.state === "live" && requests.length > 0
    && performance.now() - Math.max(...requests) > 1_000`,
  );

test("a list that missed events reloads", async () => {
  await browser.go(`${waterfall}/`);
  await listen();
  await browser.until("the other stream", `return window.listening === true`);
  await quiet();
  const traces = Array.from({ length: FLOOD }, () => randomId(16));
  await sendRoots(otlp, traces, { service: "flood", name: "GET /flood", kind: "server", at: 0, lasts: 1_000 });
  await browser.until(
    "one of them",
    `return [...document.querySelectorAll(".trace-list-row")].some((row) => arguments[0].includes(row.dataset.trace))`,
    { args: [traces] },
  );
  const received = await browser.run(`return window.received`);
  assert.ok(received.resync > 0 && received.trace < FLOOD, JSON.stringify(received));
});

test("a trace that grew while events were missed is complete", async () => {
  const trace = randomId(16);
  const root = randomId(8);
  const start = startNano();
  await sendTree(
    otlp,
    trace,
    { service: "grows", name: "GET /grows", kind: "server", at: 0, lasts: 9_000, id: root },
    start,
  );
  await open(trace);
  await quiet();
  const traces = Array.from({ length: FLOOD }, () => randomId(16));
  // In one request, so that no single trace is reported.
  await sendRoots(
    otlp,
    [...traces, trace],
    { service: "grows", name: "late", at: 10, lasts: 1_000, parent: root },
    start,
  );
  await browser.until("the late one", `${ROWS}.length === 2`);
});

test("a quiet stream sends keep-alives", async () => {
  await browser.go(`${waterfall}/trace/${"0".repeat(31)}1`);
  const kinds = await browser.runAsync(`
    const [done] = arguments;
    const stream = new EventSource("/api/stream?q=service%3Dnobody-at-all");
    stream.addEventListener("alive", () => done("alive"));
    stream.addEventListener("error", () => done("error"))`);
  assert.equal(kinds, "alive");
});
