// Contrast of every text as the trace page draws it, in light and dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendTree } from "./otlp.js";
import { frozenCallee, handledBesideReal, longQueue, skewedClocks } from "./planted-trees.js";
import { home, homeRoot, openWindow, otlp, waterfall } from "./stage.js";
import { Key } from "./webdriver.js";

/** WCAG 2.2, 1.4.3, for text of normal size. Disabled controls are exempt. */
const MIN_CONTRAST = 4.5;
/** Texts with less contrast: the ground is that of all ancestors, the opacity their product. */
const FAINT = `
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const linear = (value) => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const parent = text.parentElement;
    if (text.data.trim() === "" || !parent.checkVisibility({ visibilityProperty: true })) continue;
    if (parent.closest(":disabled, .off-screen, .skip, noscript")) continue;
    const chain = [];
    for (let element = parent; element; element = element.parentElement) chain.unshift(getComputedStyle(element));
    const ground = chain.reduce((below, style) => over(rgba(style.backgroundColor), below), [255, 255, 255, 1]);
    const color = rgba(chain.at(-1).color);
    color[3] *= chain.reduce((product, style) => product * Number(style.opacity), 1);
    const [high, low] = [luminance(over(color, ground)), luminance(ground)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    const named = parent.className + ": " + text.data.trim() + " " + contrast.toFixed(2);
    if (contrast < ${MIN_CONTRAST}) found.push(named);
  }
  return found`;

for (const dark of [false, true]) {
  test(`every text of a trace has a contrast of 4.5 in ${dark ? "dark" : "light"} colours`, async () => {
    const traces = [];
    for (const tree of [handledBesideReal(), frozenCallee(), longQueue(), skewedClocks()]) {
      traces.push(randomId(16));
      await sendTree(otlp, traces.at(-1) ?? "", tree);
    }
    const window = await openWindow({ width: 1400, height: 900, dark });
    try {
      const check = async (/** @type {string} */ path, /** @type {string[]} */ keys = []) => {
        await window.go(`${waterfall}/trace/${path}`);
        await window.until(path, `return document.querySelector("#rows .row, #other-view > *") !== null`);
        if (keys.length > 0) await window.press(...keys);
        assert.deepEqual(await window.run(FAINT), [], path);
      };
      const scheme = `return matchMedia("(prefers-color-scheme: dark)").matches`;
      await check(home);
      assert.equal(await window.run(scheme), dark);
      for (const view of ["flame", "table", "graph", "logs", "compare"]) await check(`${home}?view=${view}`);
      await check(`${home}?span=${homeRoot}&details`);
      await check(`${home}?find=service%3Dusers`);
      await check(`${home}?view=table&find=service%3Dusers`);
      await check(`${home}?view=graph&find=service%3Dusers`);
      await check(home, ["?"]);
      for (const trace of traces) await check(trace, ["e", Key.enter]);
    } finally {
      await window.close();
    }
  });
}
