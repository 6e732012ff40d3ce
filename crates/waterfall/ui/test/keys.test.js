// The help dialogs and the key handlers agree.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DOCTOR_HELP,
  doctorKey,
  SERVICES_HELP,
  TRACE_LIST_HELP,
  traceListKey,
} from "../assets/view/trace-list-keys.js";
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

/** Keys of the map alone, while it has the focus. */
const MAP_KEYS = ["←", "↑", "↓", "→", "+", "−", "0", "Enter", "Esc"];

test("the help of the trace list and that of the services name what works there, and nothing else", () => {
  const pages = [
    { help: TRACE_LIST_HELP, onServices: false, own: ["Enter"] },
    { help: SERVICES_HELP, onServices: true, own: MAP_KEYS },
  ];
  for (const { help, onServices, own } of pages) {
    const actionOf = (name) => traceListKey(event(name), {}, onServices);
    const names = named(help).filter((name) => !own.includes(name));
    for (const name of names) assert.notEqual(actionOf(name), null, name);
    const actions = new Set(names.map(actionOf));
    for (const key of [..."abcdefghijklmnopqrstuvwxyz/?", "Escape", "ArrowUp", "ArrowDown"]) {
      const action = actionOf(key);
      if (action !== null) assert.ok(actions.has(action), `${key}: ${action}`);
    }
  }
});

test("the doctor's page has the keys of its help, and no others", () => {
  const names = named(DOCTOR_HELP);
  for (const key of [..."abcdefghijklmnopqrstuvwxyz/?"]) {
    assert.equal(doctorKey(event(key)) !== null, names.includes(key), key);
  }
  assert.deepEqual(["g", "r", "d", "?"].map((key) => doctorKey(event(key))), ["traces", "services", "doctor", "help"]);
});

test("on the services page, keys change nothing of the list that is not in sight", () => {
  for (const key of ["Escape", "/", "p", "j", "ArrowDown"]) assert.equal(traceListKey(event(key), {}, true), null, key);
});

test("keys with Ctrl, Alt or Cmd are left to the browser", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey"]) assert.equal(traceKey({ ...event("f"), [held]: true }), null);
});
