// What may import what. A row here is the whole rule; a file outside it fails.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const assets = new URL("../assets/", import.meta.url);
const MAY_IMPORT = { model: ["model"], net: ["net"], view: ["view", "model", "net"], page: ["view", "model", "net"] };
const files = readdirSync(assets, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
const text = (file) => readFileSync(new URL(file, assets), "utf8");
const layer = (file) => (file.includes("/") ? file.split("/")[0] : "page");
const pages = ["index.html", "trace.html"].map((
  file,
) => [file, readFileSync(new URL(`../${file}`, import.meta.url), "utf8")]);

test("modules import only what their layer may", () => {
  for (const file of files) {
    for (const [, path] of text(file).matchAll(/^(?:import|export)[^;]*?from "([^"]+)";/gms)) {
      assert.match(path, /^\.\.?\//, `${file} imports ${path}`);
      const target = new URL(path, new URL(file, assets)).pathname.slice(assets.pathname.length);
      assert.ok(files.includes(target), `${file} imports ${target}, which is not there`);
      assert.ok(MAY_IMPORT[layer(file)].includes(layer(target)), `${file} may not import ${target}`);
    }
  }
});

test("the model knows no DOM", () => {
  for (const file of files.filter((name) => layer(name) === "model")) {
    assert.doesNotMatch(
      text(file).replace(/\/\/.*|\/\*[^]*?\*\//g, ""),
      /\b(document|localStorage|HTMLElement|requestAnimationFrame|location|navigator)\b/,
      file,
    );
  }
});

test("no string becomes markup, style or code", () => {
  for (const file of files) {
    assert.doesNotMatch(
      text(file),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|createContextualFragment|setAttribute\("style"|cssText/,
      file,
    );
  }
});

test("pages and styles ask nothing of another host, and hold no inline script or style", () => {
  for (const [name, html] of pages) {
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//, name);
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style/, name);
  }
  for (const file of readdirSync(new URL("style/", assets))) {
    assert.doesNotMatch(text(`style/${file}`), /@import|url\(/, file);
  }
});

test("every file says at its head what it is", () => {
  for (const file of files) assert.match(text(file), /^\/\/ /, file);
});

test("files stay small", () => {
  for (const file of files) {
    const lines = text(file).split("\n").length;
    assert.ok(lines <= 400, `${file}: ${lines} lines`);
  }
});

test("each page names all its modules ahead, so that they load side by side", () => {
  for (const [name, html] of pages) {
    const entry = /<script type="module" src="\/assets\/([^"]+)"/.exec(html)?.[1] ?? "";
    const needed = new Set();
    const pending = [entry];
    while (pending.length > 0) {
      const file = pending.pop();
      for (const [, path] of text(file).matchAll(/^import[^;]*?from "([^"]+)";/gms)) {
        const target = new URL(path, new URL(file, assets)).pathname.slice(assets.pathname.length);
        if (!needed.has(target)) pending.push(target);
        needed.add(target);
      }
    }
    const named = [...html.matchAll(/<link rel="modulepreload" href="\/assets\/([^"]+)">/g)].map(([, file]) => file);
    assert.deepEqual(named.sort(), [...needed].sort(), name);
  }
});
