// What the waterfall, its panel and its header draw: nothing is covered, cut or out of sight, in any window.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { deepChain, frozenCallee, handledBesideReal, longQueue, manyEvents } from "./planted-trees.js";
import { browser, open, openWindow, otlp, shoot, storedRows } from "./stage.js";

const [frozen, queue, events, handled, deep] = Array.from({ length: 5 }, () => randomId(16));
const call = randomId(8);
const manyEventsSpan = randomId(8);

before(async () => {
  const root = frozenCallee();
  await sendTree(otlp, frozen, { ...root, children: (root.children ?? []).map((child) => ({ ...child, id: call })) });
  await sendTree(otlp, queue, longQueue());
  const importer = manyEvents();
  await sendTree(otlp, events, withId(importer, "match rows"));
  await sendTree(otlp, handled, handledBesideReal());
  await sendTree(otlp, deep, deepChain());
  for (const [trace, rows] of /** @type {const} */ ([[frozen, 4], [queue, 5], [handled, 10], [deep, 300]])) {
    await storedRows(trace, rows);
  }
});

/** @param {import("./otlp.js").SpanSpec} span @param {string} name @returns {import("./otlp.js").SpanSpec} */
function withId(span, name) {
  return {
    ...span,
    ...(span.name === name ? { id: manyEventsSpan } : {}),
    children: (span.children ?? []).map((child) => withId(child, name)),
  };
}

test("a callee that began after its caller had gone has a bar in the panel", async () => {
  await open(frozen, `?span=${call}&details`);
  await browser.until("the call", `return document.querySelector(".remote-call") !== null`);
  const seen = await browser.run(`return [...document.querySelectorAll(".remote-call-track")].map((track) => {
    const [outer, bar] = [track, track.firstChild].map((part) => part.getBoundingClientRect());
    return Math.min(outer.right, bar.right) - Math.max(outer.left, bar.left);
  })`);
  assert.equal(seen.length, 2);
  assert.ok(seen.every((width) => width >= 2), seen.join());
});

test("the tooltip tells both ends apart, and stays beside the panel", async () => {
  await open(frozen, `?span=${call}&details`);
  const [x, y] = await browser.run(`const row = document.querySelectorAll("#rows .row .track-cell")[2]
    .getBoundingClientRect(); return [row.right - 12, (row.top + row.bottom) / 2]`);
  await browser.point(x, y);
  await browser.until("the tooltip", `return !document.querySelector("#tooltip").hidden`);
  const text = await browser.run(`return document.querySelector("#tooltip").innerText`);
  assert.match(text, /1\.49\d s to 1\.49\d s|1\.49\d s to 1\.5\d\d s/);
  const overlap = await browser.run(`return document.querySelector("#tooltip").getBoundingClientRect().right -
    document.querySelector("#details").getBoundingClientRect().left`);
  assert.ok(overlap <= 0, `${overlap} px over the panel`);
  const gap = await browser.run(`const [service, name] = [".tip-service", ".tip-title strong"]
    .map((part) => document.querySelector(part).getBoundingClientRect()); return name.left - service.right`);
  assert.ok(gap >= 4, `${gap} px between service and name`);
});

test("the minimap's handles stand beside the spans at the ends of the trace", async () => {
  await open(queue);
  const covered = await browser.run(`const minimap = document.querySelector("#minimap").getBoundingClientRect();
    return [...document.querySelectorAll(".grip")].map((grip) => {
      const left = grip.getBoundingClientRect().left + parseFloat(getComputedStyle(grip, "::after").left);
      return [left - minimap.left, left + 4 - minimap.left];
    })`);
  const width = await browser.run(`return document.querySelector("#minimap").clientWidth`);
  assert.ok(covered[0][1] <= 8 && covered[1][0] >= width - 8, JSON.stringify(covered));
});

test("every label of the axis stands to the right of its line, within the axis", async () => {
  for (const query of ["", `?span=${call}&details`]) {
    await open(frozen, query);
    const off = await browser.run(`const axis = document.querySelector(".axis").getBoundingClientRect();
      return [...document.querySelectorAll(".tick")].map((tick) => {
        const box = tick.getBoundingClientRect();
        return [box.left - tick.offsetParent.getBoundingClientRect().left - parseFloat(tick.style.left),
          axis.right - box.right];
      })`);
    assert.ok(off.every(([left, right]) => Math.abs(left) < 1 && right >= 0), JSON.stringify(off));
  }
});

test("event times differ where the events do, and the pause is marked on the axis", async () => {
  await open(events, `?span=${manyEventsSpan}&details`);
  await browser.until("events", `return document.querySelectorAll(".event-time").length > 100`, { millis: 30_000 });
  const times = await browser.run(
    `return [...document.querySelectorAll(".event-time")].map((time) => time.textContent)`,
  );
  assert.equal(new Set(times).size, times.length, times.slice(0, 5).join());
  await browser.click(".pause .link-button");
  assert.equal(await browser.run(`return document.querySelector(".marked-band").textContent`), "1.20 s");
  await shoot("events-pause");
});

test("a finding's span is marked and in view in every view that lists spans", async () => {
  await open(deep, "?view=flame");
  await browser.click(".callout");
  await browser.until("the frame in view", `return document.querySelector(".flame-scroller").scrollTop > 3000`);
  await open(deep, "?view=table");
  await browser.click(".callout");
  assert.equal(await browser.run(`return document.querySelectorAll(".operations tr.selected").length`), 1);
  await browser.run(`document.querySelector(".operations tbody tr:last-child .self-track").click()`);
  const last = `document.querySelector(".operations tbody tr:last-child")`;
  assert.equal(await browser.run(`return ${last}.classList.contains("selected")`), true);
});

test("the tabs stay where they are when another view is chosen", async () => {
  await open(handled);
  const edges = `return [...document.querySelectorAll("#views button")].map((tab) => tab.getBoundingClientRect().left)`;
  const before = await browser.run(edges);
  for (const view of ["flame", "table", "compare"]) {
    await browser.click(`#views [data-view="${view}"]`);
    assert.deepEqual(await browser.run(edges), before, view);
  }
});

test("a narrow window has room for rows, with status and outcome in full; its table names all columns", async () => {
  const narrow = await openWindow({ width: 390, height: 844 });
  try {
    await open(handled, "", narrow);
    const room = await narrow.run(`return document.querySelector("#rows").clientHeight`);
    assert.ok(room >= 8 * 42, `${room} px for rows`);
    const cut = `return [...document.querySelectorAll("#rows .row:not([hidden])")].flatMap((row) =>
      [...row.querySelectorAll(".note, .outcome, .wait-mark")].filter((part) => part.textContent !== "" &&
        (part.offsetWidth === 0 || part.scrollWidth > part.clientWidth + 1 ||
          part.getBoundingClientRect().right > innerWidth)).map((part) => part.textContent))`;
    assert.deepEqual(await narrow.run(cut), []);
    assert.match(await narrow.run(`return document.querySelector("#rows").innerText`), /500[^]*handled/);
    await narrow.run(`document.querySelector(".further-toggle").click()`);
    assert.ok(await narrow.run(`return document.querySelector(".trace-id").offsetHeight > 0`), "all facts");
    await shoot("narrow-facts", narrow);
    await open(frozen, "", narrow);
    assert.match(await narrow.run(`return document.querySelector("#rows").innerText`), /gave up/);
    await shoot("narrow-frozen", narrow);
    await open(handled, "?view=table", narrow);
    const heads = await narrow.run(`return [...document.querySelectorAll(".operations tbody tr:first-child td")]
      .filter((cell) => cell.offsetWidth > 0 && cell.getBoundingClientRect().right <= innerWidth)
      .map((cell) => cell.dataset.head)`);
    assert.ok(heads.includes("Self time, % of all") && heads.includes("p95 duration"), heads.join());
    await shoot("narrow-table", narrow);
  } finally {
    await narrow.close();
  }
});
