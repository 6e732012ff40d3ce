// Contrast and distinctness of the colours in the style sheet.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COLORS } from "../assets/model/service-colors.js";

const css = readFileSync(new URL("../assets/style/base.css", import.meta.url), "utf8");
/** @param {string} name */
const pair = (name) => {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  assert.ok(found, `--${name} has a light and a dark colour`);
  return [rgb(found[1]), rgb(found[2])];
};
const rgb = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
const linear = (color) => color.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
const luminance = (color) => linear(color).reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};
const times = (matrix, v) => matrix.map((row) => row.reduce((sum, m, at) => sum + m * v[at], 0));
// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
const SIGHTS = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};
/** Oklab, by Björn Ottosson: distances approximate perceived colour differences. */
const oklab = (lin) => {
  const lms = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [
    0.0883024619,
    0.2817188376,
    0.6299787005,
  ]], lin.map((v) => Math.max(0, v))).map(Math.cbrt);
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [
    0.0259040371,
    0.7827717662,
    -0.808675766,
  ]], lms);
};
const distance = (a, b, sight) => {
  const [x, y] = [a, b].map((color) => oklab(times(SIGHTS[sight], linear(color))));
  return Math.hypot(...x.map((v, at) => v - y[at]));
};

const services = Array.from({ length: COLORS }, (_, n) => pair(`c${n}`));
const background = pair("bg");

for (const [theme, name] of ["light", "dark"].entries()) {
  test(`every service's bar has 3:1 against the ${name} background`, () => {
    for (const [n, color] of services.entries()) {
      const ratio = contrast(color[theme], background[theme]);
      assert.ok(ratio >= 3, `--c${n}: ${ratio.toFixed(2)}`);
    }
  });

  test(`text has 4.5:1 in the ${name} colours`, () => {
    for (const text of ["text", "text-2", "text-3", "accent", "error", "warn", "ok"]) {
      for (const ground of ["bg", "bg-subtle"]) {
        const ratio = contrast(pair(text)[theme], pair(ground)[theme]);
        assert.ok(ratio >= 4.5, `--${text} on --${ground}: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`all services differ with full sight in the ${name} colours`, () => {
    for (let a = 0; a < COLORS; a += 1) {
      for (let b = 0; b < a; b += 1) {
        const apart = distance(services[a][theme], services[b][theme], "full");
        assert.ok(apart >= 0.08, `--c${b} and --c${a}: ${apart.toFixed(3)}`);
      }
    }
  });

  for (const sight of Object.keys(SIGHTS)) {
    test(`the first six services differ with ${sight} sight in the ${name} colours`, () => {
      for (let a = 0; a < 6; a += 1) {
        for (let b = 0; b < a; b += 1) {
          const apart = distance(services[a][theme], services[b][theme], sight);
          assert.ok(apart >= 0.06, `--c${b} and --c${a}: ${apart.toFixed(3)}`);
        }
      }
    });
  }
}
