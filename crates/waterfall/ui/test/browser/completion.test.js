// Completion menus of queries, as ARIA comboboxes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, home, open, SELECTED, shoot, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

/** Labels of the open menu's options. */
const OPTIONS =
  `[...document.querySelectorAll(".completion:not([hidden]) .completion-label")].map((label) => label.textContent)`;
const combobox = (input) =>
  browser.run(`
  const input = document.querySelector("${input}");
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const active = document.getElementById(input.getAttribute("aria-activedescendant") ?? "");
  return { role: input.role ?? input.getAttribute("role"), list: list.getAttribute("role"),
    expanded: input.getAttribute("aria-expanded"), focused: document.activeElement === input,
    active: active?.querySelector(".completion-label").textContent ?? null,
    selected: active?.getAttribute("aria-selected") ?? null, text: input.value }`);

test("the filter is completed by keyboard", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("the list", `return document.querySelector('[data-trace="${home}"]') !== null`);
  await browser.press("/");
  await browser.press(..."serv");
  await browser.until("the fields", `return ${OPTIONS}.includes("service")`);
  await browser.press(Key.down);
  assert.deepEqual(await combobox("#filter"), {
    role: "combobox",
    list: "listbox",
    expanded: "true",
    focused: true,
    active: "service",
    selected: "true",
    text: "serv",
  });
  await browser.press(Key.enter);
  await browser.until("the services", `return ${OPTIONS}.includes("activities")`);
  assert.equal((await combobox("#filter")).text, "service=");
  await shoot("traces-completion");
  await browser.press(..."activ");
  await browser.until("one service", `return ${OPTIONS}.every((label) => label.includes("activ"))`);
  await browser.press(Key.down, Key.tab);
  await browser.until(
    "the traces",
    `return document.querySelector("#filter").value.trim() === "service=activities"
      && document.querySelector('[data-trace="${home}"]') !== null`,
  );
});

test("Escape closes the menu first, then clears the filter", async () => {
  await browser.go(`${waterfall}/`);
  await browser.press("/");
  await browser.press(..."serv");
  await browser.until("the menu", `return document.querySelector("#filter").getAttribute("aria-expanded") === "true"`);
  await browser.press(Key.escape);
  const closed = await combobox("#filter");
  assert.deepEqual([closed.expanded, closed.text], ["false", "serv"]);
  await browser.press(Key.escape);
  assert.equal((await combobox("#filter")).text, "");
});

test("a search inside a trace is completed from its data", async () => {
  await open(home);
  await browser.until("the attributes", `return document.querySelector("#rows .event-markers[d^=M]") !== null`);
  await browser.press("/");
  await browser.press(..."db.query.summary=activ");
  await browser.until("its values", `return ${OPTIONS}.join() === "select activities"`);
  await browser.press(Key.down, Key.enter);
  await browser.until("the match", `return document.querySelector(".find-count").textContent === "1 match"`);
  await browser.press(Key.enter);
  assert.equal(await browser.run(SELECTED), "SELECT activities");
});

test("Tab leaves the filter for the next control while suggestions are open", async () => {
  await browser.go(`${waterfall}/`);
  await browser.until("a trace", `return document.querySelector(".trace-list-row") !== null`);
  await browser.press("/");
  await browser.until("the menu", `return document.querySelector("#filter").getAttribute("aria-expanded") === "true"`);
  await browser.press(Key.tab);
  const focus = await browser.run(`
    const filter = document.querySelector("#filter");
    const { tagName } = document.activeElement;
    return { onControl: tagName === "A" || tagName === "BUTTON", open: filter.ariaExpanded, text: filter.value }`);
  assert.deepEqual(focus, { onControl: true, open: "false", text: "" });
});
