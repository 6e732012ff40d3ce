// What a reader must see without opening anything: the cause of an error, which span took the time, the first match.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { deepChain, frozenCallee, handledBesideReal, longNames, longQueue, retries } from "./planted-trees.js";
import { browser, open, openWindow, otlp, ROWS, waterfall } from "./stage.js";

/** Texts of the callouts that are cut off. */
const CUT = `return [...document.querySelectorAll(".callout, .callout *")].filter((part) => {
  const style = getComputedStyle(part);
  return (style.display !== "inline" && part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0)
    || part.getBoundingClientRect().right > innerWidth;
}).map((part) => part.textContent)`;

/** Whether the words are drawn whole within the message of a row: an ellipsis hides what reaches its edge. */
const isShown = (/** @type {number} */ row, /** @type {string} */ words) =>
  `const rows = () => { ${ROWS} };
  const message = rows()[${row}].querySelector(".message");
  const text = message.firstChild;
  const at = text.data.indexOf("${words}");
  const range = document.createRange();
  range.setStart(text, at);
  range.setEnd(text, at + ${words.length});
  const ellipsis = message.scrollWidth > message.clientWidth ? 12 : 0;
  return range.getBoundingClientRect().right <= message.getBoundingClientRect().right - ellipsis`;

test("no callout is cut, and the cause of an error is on its row", async () => {
  const traces = [];
  for (const tree of [handledBesideReal(), frozenCallee(), longNames(), retries(), longQueue()]) {
    traces.push(randomId(16));
    await sendTree(otlp, traces.at(-1) ?? "", tree);
  }
  for (const width of [1400, 600, 390]) {
    const window = await openWindow({ width, height: 900 });
    try {
      for (const trace of traces) {
        await open(trace, "", window);
        assert.deepEqual(await window.run(CUT), [], `at ${width} px`);
      }
      if (width < 600) continue;
      await open(traces[0], "", window);
      for (const row of [8, 9]) {
        assert.ok(await window.run(isShown(row, "deadlock detected")), `row ${row} at ${width} px`);
      }
    } finally {
      await window.close();
    }
  }
});

test("the span with the most time is found among 300 of its name: by the callout, the table and a search", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, deepChain());
  await open(trace);
  assert.match(
    await browser.run(`return document.querySelector(".callout.slow").textContent`),
    /catalog resolve level 217 of 300/,
  );
  const levels = `${ROWS}.filter((row) => row.classList.contains("found"))
    .map((row) => row.querySelector(".level-number").textContent)`;
  await browser.press("/", ..."self>100ms");
  await browser.until("the match in view", `${levels}.includes("217")`);
  await browser.click(`#views [data-view="table"]`);
  const outlier = `document.querySelector(".operations .stands-out")`;
  assert.equal(await browser.run(`return ${outlier}?.textContent`), "one span has 413 ms of it");
  await browser.run(`${outlier}.click()`);
  await browser.until(
    "the span in the panel",
    `return document.querySelector("#details h2")?.textContent === "resolve"`,
  );
});

test("a service has the same colour on the list, on its trace and with another load", async () => {
  const trace = randomId(16);
  await sendTree(otlp, trace, handledBesideReal());
  const colors = (/** @type {string} */ chips) =>
    browser.run(`return Object.fromEntries([...document.querySelectorAll('${chips}')].map((chip) =>
      [chip.querySelector(".chip-name").textContent, /\\bc\\d+\\b/.exec(chip.className)[0]]))`);
  await open(trace);
  const first = await colors("#services .chip");
  assert.equal(new Set(Object.values(first)).size, 4);
  await browser.run("localStorage.clear()");
  const link = `[href^="/trace/${trace}"]`;
  await browser.go(`${waterfall}/?find=service%3Dwarehouse`);
  await browser.until("the trace in the list", `return document.querySelector('.trace-list-row${link}') !== null`);
  const listed = await colors(`.trace-list-row${link} .chip`);
  assert.ok(Object.keys(listed).length >= 2);
  for (const [service, color] of Object.entries(listed)) assert.equal(color, first[service], service);
  await open(trace);
  assert.deepEqual(await colors("#services .chip"), first);
});

test("handled errors, waits in a queue and calls given up are said on their rows", async () => {
  const shown = async (/** @type {import("./otlp.js").SpanSpec} */ tree) => {
    const trace = randomId(16);
    await sendTree(otlp, trace, tree);
    await open(trace);
    return browser.run(`${ROWS}.map((row) => row.querySelector(".badges").textContent)`);
  };
  assert.deepEqual((await shown(handledBesideReal())).slice(4, 7), ["!handled", "", "!handled"]);
  assert.deepEqual((await shown(longQueue())).slice(1, 3), ["45.0 s in the queue", "45.0 s in the queue"]);
  const given = ["!gave up", "began 638 ms after the caller gave up"];
  assert.deepEqual((await shown(frozenCallee())).slice(1, 3), given);
});
