// The help overlay is the whole truth about the keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TRACE_LIST_HELP, traceListKey } from "../assets/view/trace-list-keys.js";
import { TRACE_HELP, traceKey } from "../assets/view/trace-keys.js";

globalThis.HTMLInputElement ??= class {};
globalThis.HTMLTextAreaElement ??= class {};
globalThis.Element ??= class {};

/** What a key is called on the help overlay, and what a browser calls it. */
const NAMES = {
  "↑": "ArrowUp",
  "↓": "ArrowDown",
  "←": "ArrowLeft",
  "→": "ArrowRight",
  PgUp: "PageUp",
  PgDn: "PageDown",
  Esc: "Escape",
  Space: " ",
  "−": "-",
  "…": null,
};
const event = (name) => {
  const [shift, key] = name.startsWith("Shift+") ? [true, name.slice(6)] : [false, name];
  return {
    key: key in NAMES ? NAMES[key] : key,
    shiftKey: shift,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    target: null,
  };
};
const named = (help) =>
  help.flatMap(({ keys }) => keys.flatMap(([names]) => names.split(" "))).filter((name) =>
    name in NAMES ? NAMES[name] !== null : true
  );

test("every key that the trace page's help names does something", () => {
  for (const name of named(TRACE_HELP)) assert.notEqual(traceKey(event(name)), null, name);
});

test("every key that does something on the trace page is in its help", () => {
  const told = new Set(named(TRACE_HELP).map((name) => JSON.stringify(traceKey(event(name)))));
  for (
    const key of [
      ..."abcdefghijklmnopqrstuvwxyzNE/?+-=0 ",
      "Enter",
      "Escape",
      "Home",
      "End",
      "PageUp",
      "PageDown",
      "ArrowUp",
      "ArrowDown",
      "ArrowLeft",
      "ArrowRight",
    ]
  ) {
    const action = traceKey(event(key));
    if (action !== null) assert.ok(told.has(JSON.stringify(action)), `${key}: ${action}`);
  }
});

test("the same holds of the list of traces", () => {
  for (const name of named(TRACE_LIST_HELP).filter((name) => name !== "Enter")) {
    assert.notEqual(traceListKey(event(name), {}), null, name);
  }
  const told = new Set(named(TRACE_LIST_HELP).map((name) => traceListKey(event(name), {})));
  for (const key of [..."abcdefghijklmnopqrstuvwxyz/?", "Escape", "ArrowUp", "ArrowDown"]) {
    const action = traceListKey(event(key), {});
    if (action !== null) assert.ok(told.has(action), `${key}: ${action}`);
  }
});

test("keys with Ctrl, Alt or Cmd stay the browser's", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(traceKey({ ...event("f"), [held]: true }), null);
});
