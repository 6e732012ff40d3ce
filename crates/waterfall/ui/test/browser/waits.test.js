// Where the time went that no span has alone: a call that was given up, a message in a queue, and a loop of calls.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { browser, open, openWindow, otlp, ROWS, SELECTED, shoot, storedRows } from "./stage.js";

const badges = (/** @type {number} */ row) =>
  browser.run(`${ROWS}[${row}].querySelector(".wait-mark")?.textContent ?? ""`);
const CALLOUTS = `return document.querySelector(".callouts").textContent`;
const HOST = { "host.name": "one" };

/** A call that gave up after 852 ms; its callee was frozen and began later. */
const frozen = () => ({
  service: "shop",
  resource: HOST,
  name: "GET",
  kind: /** @type {const} */ ("client"),
  at: 0,
  lasts: 852_000,
  error: "timed out",
  children: [{
    service: "bank",
    resource: HOST,
    name: "GET /balance",
    kind: /** @type {const} */ ("server"),
    at: 1_490_000,
    lasts: 2_000,
  }],
});

/** A message that waited 2.37 s, and was processed in 209 ms. */
const queued = () => ({
  service: "shop",
  name: "POST /order",
  kind: /** @type {const} */ ("server"),
  at: 0,
  lasts: 110_000,
  children: [{
    service: "shop",
    name: "send order",
    kind: /** @type {const} */ ("producer"),
    at: 20_000,
    lasts: 10_000,
    children: [{
      service: "worker",
      name: "process order",
      kind: /** @type {const} */ ("consumer"),
      at: 2_400_000,
      lasts: 209_000,
    }],
  }],
});

test("a call that was given up says so, and blames neither the network nor the clocks", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, frozen());
  await open(trace);
  const said = "gave up after 852 ms; the callee began 1.49 s after the call and ran for 2.00 ms";
  assert.equal(await badges(0), "gave up");
  assert.equal(await badges(1), "began 638 ms after the caller gave up");
  assert.ok((await browser.run(`${ROWS}[0].querySelector(".name-cell").title`)).includes(said));
  assert.ok((await browser.run(CALLOUTS)).includes(said));
  await browser.press("s", "\uE007");
  await browser.until("the panel", `return document.querySelector(".timing")?.textContent.includes("${said}")`);
  assert.doesNotMatch(await browser.run("return document.body.innerText"), /network|clocks? (that )?differ|skew/i);
  await shoot("trace-given-up");
});

test("in a narrow window, a wait keeps clear of the duration, and the header is within the window", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, frozen());
  const narrow = await openWindow({ width: 390, height: 844 });
  try {
    await open(trace, "", narrow);
    const apart = `${ROWS}.map((row) => [".wait-mark", ".duration-cell"].map((part) =>
      row.querySelector(part)?.getBoundingClientRect() ?? new DOMRect())).filter(([badges, duration]) =>
        badges.width > 0 && badges.top < duration.bottom && duration.top < badges.bottom && badges.right > duration.left
      ).length`;
    assert.equal(await narrow.run(apart), 0);
    assert.equal(
      await narrow.run(`return document.querySelector(".late-work").textContent.trim()`),
      "the root span ended after 852 ms, work went on until 1.49 s",
    );
    const right = `return document.querySelector(".late-work").getBoundingClientRect().right`;
    assert.ok(await narrow.run(right) <= 390);
    await shoot("trace-given-up-narrow", narrow);
  } finally {
    await narrow.close();
  }
});

for (const width of [1400, 900, 390]) {
  test(`in a window of ${width} px, the names of a trace with waits are readable`, async () => {
    const trace = randomId(16);
    await sendTree(otlp, trace, frozen());
    const window = await openWindow({ width, height: 844 });
    try {
      await open(trace, "", window);
      const rows = await window.run(`${ROWS}.map((row) => [...row.querySelectorAll(".label > *, .badges > *")]
        .filter((part) => part.textContent !== "" && getComputedStyle(part).display !== "contents")
        .map((part) => ({ name: part.className, text: part.textContent, width: part.clientWidth,
          right: part.getBoundingClientRect().right, end: row.querySelector(".name-cell").getBoundingClientRect().right,
          isCut: part.scrollWidth > part.clientWidth,
          ellipsis: getComputedStyle(part).textOverflow })))`);
      for (const part of rows.flat()) {
        const said = JSON.stringify(part);
        assert.ok(part.right <= part.end, `within the column: ${said}`);
        if (part.name.startsWith("span-name")) assert.ok(!part.isCut || part.width >= 45, `readable: ${said}`);
        if (part.isCut && part.width > 0) assert.equal(part.ellipsis, "ellipsis", said);
      }
    } finally {
      await window.close();
    }
  });
}

test("the time in a queue is the fact where nothing ran for longer than any span", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, queued());
  await open(trace);
  assert.equal(await badges(1), "2.37 s in the queue");
  assert.equal(await badges(2), "2.37 s in the queue");
  assert.match(await browser.run(CALLOUTS), /Longest wait2\.37 s in the queue, until worker took it/);
  assert.doesNotMatch(await browser.run(CALLOUTS), /Most time in/);
  await shoot("trace-queue");
});

test("the spans of one operation that took most time are named together", async () => {
  const trace = randomId(16);
  const select = /** @type {const} */ ({ service: "shop", name: "SELECT users", kind: "client", lasts: 10_000 });
  const children = Array.from({ length: 24 }, (_, n) => ({ ...select, at: 10_000 + n * 11_000 }));
  await sendTree(otlp, trace, { service: "shop", name: "GET /", kind: "server", at: 0, lasts: 300_000, children });
  await storedRows(trace, 25);
  await open(trace);
  assert.match(await browser.run(CALLOUTS), /Most time inshop SELECT users240 ms in 24 spans, 80% of the trace/);
  await browser.press("s");
  assert.equal(await browser.run(SELECTED), "SELECT users");
});
