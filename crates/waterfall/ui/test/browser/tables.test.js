// Tables in narrow windows, where each row is a card: no text covers another one or sticks out.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { dayLong, frozenCallee, handledBesideReal, longNames, longQueue, shortTrace } from "./planted-trees.js";
import { open, openWindow, otlp, shoot, storedRows, waterfall } from "./stage.js";

const TREES = /** @type {const} */ ([
  ["handled", handledBesideReal, 10],
  ["frozen", frozenCallee, 4],
  ["queue", longQueue, 5],
  ["names", longNames, 10],
]);
const traces = TREES.map(([name]) => /** @type {const} */ ([name, randomId(16)]));

before(async () => {
  for (const [at, [, tree, rows]] of TREES.entries()) {
    const [, trace] = traces[at];
    await sendTree(otlp, trace, tree());
    await storedRows(trace, rows);
  }
  // One to compare the first with.
  await sendTree(otlp, randomId(16), handledBesideReal());
});

/** Cells whose text is wider than they are, and cells over others. */
const CROWDED = `return [...document.querySelectorAll(".operations tbody tr")].flatMap((row) => {
    const cells = [...row.cells].filter((cell) => cell.offsetWidth > 0);
    const boxes = cells.map((cell) => cell.getBoundingClientRect());
    return cells.filter((cell, n) => cell.scrollWidth > cell.clientWidth + 1 ||
      boxes.some((box, m) => m < n && box.left < boxes[n].right - 1 && boxes[n].left < box.right - 1 &&
        box.top < boxes[n].bottom - 1 && boxes[n].top < box.bottom - 1));
  }).map((cell) => cell.dataset.head + ": " + cell.textContent)`;

/** Texts of the list and of the choice of a trace that are cut off. */
const CUT = `return [...document.querySelectorAll(".trace-list-scale, .trace-picker-name")]
  .filter((text) => text.scrollWidth > text.clientWidth).map((text) => text.textContent)`;

for (const width of [1400, 1010, 800, 650, 600, 390]) {
  test(`in a window of ${width} px, the scale of the list and names of traces to compare with are whole`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      // The list has the newest traces only, and other tests send many.
      await sendTree(otlp, randomId(16), dayLong());
      await sendTree(otlp, randomId(16), shortTrace(1));
      await window.go(`${waterfall}/`);
      await window.until(
        "the scale",
        `return document.querySelector(".trace-list-scale")?.textContent.includes("log")`,
      );
      assert.deepEqual(await window.run(CUT), []);
      await open(traces[0][1], "?view=compare", window);
      await window.until("traces", `return document.querySelector(".trace-picker-option .badge") !== null`);
      assert.deepEqual(await window.run(CUT), []);
      await shoot(`picker-${width}`, window);
    } finally {
      await window.close();
    }
  });
}

for (const width of [800, 600, 390]) {
  test(`in a window of ${width} px, no cell of a table covers another one`, async () => {
    const window = await openWindow({ width, height: 844 });
    try {
      for (const [name, trace] of traces) {
        await open(trace, "?view=table", window);
        assert.deepEqual(await window.run(CROWDED), [], name);
        await shoot(`table-${name}-${width}`, window);
        await open(trace, "?view=graph", window);
        await window.run(`document.querySelector(".graph-calls").open = true`);
        assert.deepEqual(await window.run(CROWDED), [], `calls of ${name}`);
        await shoot(`calls-${name}-${width}`, window);
      }
      await window.go(`${waterfall}/?view=services`);
      await window.until("services", `return document.querySelector(".services-table tbody tr") !== null`);
      await window.run(`document.querySelector(".graph-calls").open = true`);
      assert.deepEqual(await window.run(CROWDED), [], "services");
    } finally {
      await window.close();
    }
  });
}
