// Search over all traces: automatic continuation, and more traces on request.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree, startNano } from "./otlp.js";
import { browser, openWindow, otlp, waterfall } from "./stage.js";

const COUNT = `document.querySelector("#count").textContent`;
const word = randomId(8);
/** More than one response covers: 256 KiB in each of many traces. */
const LARGE = 100;
const oldest = randomId(16);

/** @param {number} latency milliseconds that each answer takes longer; all day where it is 0 */
const slowNetwork = async (latency) => {
  await browser.command("Network.enable", {});
  await browser.command("Network.emulateNetworkConditions", {
    offline: false,
    latency,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
};

const searches = `return performance.getEntriesByType("resource").filter(({ name }) => name.includes("${word}")
    && name.includes("/api/ui/traces")).length`;

/** @param {string} text */
const filterBy = (text) =>
  browser.run(
    `
  const filter = document.querySelector("#filter");
  filter.value = arguments[0];
  filter.dispatchEvent(new Event("input"))`,
    text,
  );

test("a search continues automatically, reports progress, and finds the oldest trace", async () => {
  const filler = "x".repeat(256 << 10);
  for (let n = 0; n < LARGE; n += 1) {
    const text = `${filler}${n === 0 || n === LARGE - 1 ? word : randomId(8)}`;
    await sendTree(otlp, n === 0 ? oldest : randomId(16), {
      service: "large",
      name: "GET /large",
      kind: "server",
      at: 0,
      lasts: 1_000,
      attributes: { large: text },
    }, startNano(LARGE - n));
  }
  await slowNetwork(250);
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.run(`
    window.counts = [];
    new MutationObserver(() => window.counts.push(${COUNT})).observe(document.querySelector("#count"),
      { childList: true, characterData: true, subtree: true })`);
  await filterBy(`large~${word}`);
  await browser.until("both", `return ${COUNT} === "2 traces found"`);
  assert.notEqual(await browser.run(`return document.querySelector('[data-trace="${oldest}"]')`), null);
  assert.equal(await browser.run(`return document.querySelectorAll(".scatter a").length`), 2);
  const counts = await browser.run(`return window.counts`);
  assert.ok(counts.some((text) => /^Searched back to \d\d:\d\d:\d\d, .+ · 1 found …$/.test(text)), counts.join("|"));
});

test("a new query cancels the running search", async () => {
  await slowNetwork(400);
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await filterBy(`large~${word} name=GET*`);
  await browser.until("the first page of results", `return ${COUNT}.startsWith("Searched back to")`);
  const before = await browser.run(searches);
  await filterBy("service=nobody-at-all");
  await browser.until(
    "the other's answer",
    `return ${COUNT} === "0 traces found" && !document.querySelector("#nothing").hidden`,
  );
  // The request that was running when the query changed counts as well.
  assert.ok((await browser.run(searches)) <= before + 1);
  await slowNetwork(0);
});

test("a full list offers more traces, with and without a filter", async () => {
  const service = `many-${randomId(4)}`;
  for (let n = 0; n < 205; n += 1) {
    await sendTree(otlp, randomId(16), { service, name: "GET /many", kind: "server", at: 0, lasts: 1_000 });
  }
  const rows = `document.querySelectorAll(".trace-list-row").length`;
  await browser.go(`${waterfall}/?find=service%3D${service}`);
  await browser.until(
    "a full list",
    `return ${rows} === 200 && ${COUNT} === "200 traces found (newest first, more match)"`,
  );
  await browser.click("#more");
  await browser.until(
    "all",
    `return ${rows} === 205 && ${COUNT} === "205 traces found" && document.querySelector("#more").hidden`,
  );
  await browser.go(`${waterfall}/`);
  await browser.until("a full list", `return ${rows} === 200`);
  await browser.click("#more");
  await browser.until("more", `return ${rows} > 200`);
});

test("that a duration is that of any span is said within a narrow window", async () => {
  const narrow = await openWindow({ width: 390, height: 844 });
  try {
    await narrow.go(`${waterfall}/?find=${encodeURIComponent("duration>1us")}`);
    await narrow.until("the count", `return / · duration is that of any span/.test(${COUNT})`);
    assert.ok(await narrow.run(`return document.querySelector("#count").getBoundingClientRect().right`) <= 390);
    assert.equal(await narrow.run(`return document.documentElement.scrollWidth`), 390);
  } finally {
    await narrow.close();
  }
});
