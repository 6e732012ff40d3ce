// The help dialogs and the key handlers agree.

import assert from "node:assert/strict";
import { test } from "node:test";
import { TRACE_LIST_HELP, traceListKey } from "../assets/view/trace-list-keys.js";
import { TRACE_HELP, traceKey } from "../assets/view/trace-keys.js";

globalThis.HTMLInputElement ??= class {};
globalThis.HTMLTextAreaElement ??= class {};
globalThis.Element ??= class {};

/** Key names in the help dialog, and the matching `KeyboardEvent.key`. */
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

test("every key in the trace page's help has an action", () => {
  for (const name of named(TRACE_HELP)) assert.notEqual(traceKey(event(name)), null, name);
});

test("every action of the trace page is in its help", () => {
  const actions = new Set(named(TRACE_HELP).map((name) => JSON.stringify(traceKey(event(name)))));
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
    if (action !== null) assert.ok(actions.has(JSON.stringify(action)), `${key}: ${action}`);
  }
});

test("the trace list's help and actions agree too", () => {
  for (const name of named(TRACE_LIST_HELP).filter((name) => name !== "Enter")) {
    assert.notEqual(traceListKey(event(name), {}), null, name);
  }
  const actions = new Set(named(TRACE_LIST_HELP).map((name) => traceListKey(event(name), {})));
  for (const key of [..."abcdefghijklmnopqrstuvwxyz/?", "Escape", "ArrowUp", "ArrowDown"]) {
    const action = traceListKey(event(key), {});
    if (action !== null) assert.ok(actions.has(action), `${key}: ${action}`);
  }
});

test("keys with Ctrl, Alt or Cmd are left to the browser", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(traceKey({ ...event("f"), [held]: true }), null);
});
