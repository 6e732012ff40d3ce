// Keyboard operation and accessibility.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, home, open, ROWS, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

test("rows form a treegrid with level, position, expansion and an active descendant", async () => {
  await open(home);
  await browser.press(Key.down, Key.down);
  const grid = await browser.run(`
    const grid = document.querySelector("#rows");
    const NAMES = ["role", "aria-level", "aria-posinset", "aria-setsize", "aria-expanded", "aria-selected"];
    const rows = [...grid.querySelectorAll(".row")].filter((row) => !row.hidden)
      .sort((a, b) => a.getAttribute("aria-rowindex") - b.getAttribute("aria-rowindex"));
    return {
      grid: ["role", "aria-rowcount", "aria-label"].map((name) => grid.getAttribute(name)),
      rows: rows.map((row) => NAMES.map((name) => row.getAttribute(name))),
      active: grid.getAttribute("aria-activedescendant") === rows[1].id,
      label: rows[1].getAttribute("aria-label"),
      focused: document.activeElement === grid,
    }`);
  assert.deepEqual(grid.grid, ["treegrid", "11", "Spans of the trace"]);
  assert.deepEqual(grid.rows[0], ["row", "1", "1", "1", "true", "false"]);
  assert.deepEqual(grid.rows[1], ["row", "2", "1", "2", "true", "true"]);
  assert.deepEqual(grid.rows[4], ["row", "5", "1", "2", null, "false"]);
  assert.equal(grid.active, true);
  assert.equal(grid.focused, true);
  assert.match(grid.label, /^gateway GET, client, duration 38\.4 ms, starts at 310 µs$/);
  assert.equal(
    await browser.run(
      `${ROWS}.every((row) => [...row.children].every((cell) => cell.getAttribute("role") === "gridcell"))`,
    ),
    true,
  );
});

for (
  const [page, path] of /** @type {const} */ ([
    ["trace", `/trace/${home}?details&span=`],
    ["traces", "/"],
    [
      "services",
      "/?view=services",
    ],
    ["flame", `/trace/${home}?view=flame`],
    ["graph", `/trace/${home}?view=graph`],
  ])
) {
  test(`every focusable element of the ${page} page has a name and a focus ring`, async () => {
    await browser.go(`${waterfall}${path}`);
    const shown = "#rows .row, .trace-list-row, .services-table tbody tr, .flame-canvas, .graph-node";
    await browser.until("the page", `return document.querySelector("${shown}") !== null`);
    if (page === "trace") await browser.press("s", Key.enter);
    const seen = new Set();
    for (let n = 0; n < 45; n += 1) {
      await browser.press(Key.tab);
      const stop = await browser.run(`
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const name = element.getAttribute("aria-label") || element.getAttribute("title") || element.textContent.trim()
          || element.closest("label")?.textContent.trim() || "";
        return { html: element.outerHTML.slice(0, 120), name, ringed: (style.outlineStyle !== "none"
          && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none" }`);
      if (!stop || seen.has(stop.html)) continue;
      seen.add(stop.html);
      assert.notEqual(stop.name, "", stop.html);
      assert.ok(stop.ringed, `no ring: ${stop.html}`);
    }
    assert.ok(seen.size > 5, `${seen.size} stops`);
  });
}

test("the flame graph is navigable by keyboard and announces the frame", async () => {
  await open(home, "?view=flame");
  await browser.run(`document.querySelector(".flame-canvas").focus()`);
  const announced = `return document.querySelector(".flame-view [role=status]").textContent`;
  await browser.press(Key.down);
  assert.match(
    await browser.run(announced),
    /^gateway GET \/api\/activities\/home, 4\d\.\d ms self time with descendants, 100%/,
  );
  await browser.press(Key.down, Key.down);
  assert.match(await browser.run(announced), /^activities GET \/activities\/home/);
  await browser.press(Key.enter);
  await browser.until(
    "the details",
    `return document.querySelector("#details h2")?.textContent === "GET /activities/home"`,
  );
  assert.match(
    await browser.run(`return document.querySelector(".flame-path").textContent`),
    /activities GET \/activities\/home/,
  );
  await browser.press(Key.backspace);
  assert.doesNotMatch(
    await browser.run(`return document.querySelector(".flame-path").textContent`),
    /› activities GET \/activities\/home/,
  );
});

test("the next view takes the focus, so that its keys work at once", async () => {
  await open(home);
  const focused = `return document.activeElement.className || document.activeElement.id`;
  await browser.press("v");
  assert.equal(await browser.run(focused), "flame-canvas");
  await browser.press(Key.down);
  assert.match(
    await browser.run(`return document.querySelector(".flame-view [role=status]").textContent`),
    /^gateway GET/,
  );
  await browser.press("v");
  assert.equal(await browser.run(focused), "table-view");
  await browser.press("v");
  assert.equal(await browser.run(focused), "pan-window");
  await browser.press("v", "v", "v");
  assert.equal(await browser.run(`return document.activeElement.id`), "rows");
});

test("both pages and the help are reachable by keyboard", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("r");
  await browser.until(
    "the services",
    `return location.search === "?view=services" && document.querySelector(".services-table tbody tr") !== null`,
  );
  await browser.press("g");
  await browser.until("the traces", `return location.search === "" && !document.querySelector("#trace-list").hidden`);
  await browser.press("?");
  assert.equal(await browser.run(`return document.querySelector("#help").open`), true);
  await browser.press(Key.escape);
  await browser.press(Key.down, Key.enter);
  await browser.until("the first trace", `return location.pathname.startsWith("/trace/")`);
});

test("a bar of the durations is chosen by Enter and keeps the focus, and Escape shows all traces again", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the bars", `return document.querySelector("button.histogram-bin") !== null`);
  await browser.run(`document.querySelector("button.histogram-bin").focus()`);
  await browser.press(Key.enter);
  const found = `const { value } = document.querySelector("#filter");
    return value.includes("trace.duration") && / found/.test(document.querySelector("#count").textContent)`;
  await browser.until("the filter", found);
  // The bars are drawn after the rows.
  await browser.run(`return new Promise((done) => setTimeout(done, 100))`);
  assert.match(await browser.run(`return document.activeElement.className`), /histogram-bin|trace-list-row/);
  await browser.press(Key.escape);
  assert.equal(await browser.run(`return document.querySelector("#filter").value`), "");
});

test("on the services page, the help and the keys are its own", async () => {
  await browser.go(`${waterfall}/?find=${encodeURIComponent("service=gateway")}`);
  await browser.until("the list", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("r");
  await browser.until("the services", `return document.querySelector(".services-table tbody tr") !== null`);
  await browser.press("?");
  const titles = `return [...document.querySelectorAll("#help h3")].map((title) => title.textContent)`;
  assert.deepEqual(await browser.run(titles), ["Service map, focused", "Page"]);
  await browser.press("?");
  assert.equal(await browser.run(`return document.querySelector("#help").open`), false);
  await browser.press(Key.escape, "p");
  assert.equal(await browser.run(`return document.querySelector("#filter").value`), "service=gateway");
  assert.equal(await browser.run(`return document.querySelector("#pause").getAttribute("aria-pressed")`), "false");
  const skip =
    `return [document.querySelector("#skip").getAttribute("href"), document.querySelector("#skip").textContent]`;
  assert.deepEqual(await browser.run(skip), ["#services-page", "Skip to services"]);
});

test("what is known of a service opens with Enter, and Escape returns to the service", async () => {
  await open(home, "?view=graph");
  await browser.until("the graph", `return document.querySelector(".graph-node") !== null`);
  const name = `return document.activeElement?.querySelector(".graph-name, strong")?.textContent ?? ""`;
  await browser.run(`document.querySelector(".graph-node").focus()`);
  const before = await browser.run(name);
  await browser.press(Key.enter);
  assert.equal(await browser.run(`return document.querySelector(".map-card").hidden`), false);
  await browser.run(`document.querySelector(".map-card .button:not(.icon-only)")?.focus()`);
  await browser.press(Key.escape);
  assert.equal(await browser.run(`return document.querySelector(".map-card").hidden`), true);
  assert.equal(await browser.run(name), before);
});
