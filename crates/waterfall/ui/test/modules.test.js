// Structure of the page's source: which layer may import which, no import cycles, no DOM in the model, no markup from
// strings, line length.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const assets = new URL("../assets/", import.meta.url);
const MAY_IMPORT = {
  model: ["model"],
  net: ["net", "model"],
  view: ["view", "model", "net"],
  page: ["view", "model", "net"],
};
const files = readdirSync(assets, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
const text = (file) => readFileSync(new URL(file, assets), "utf8");
const layer = (file) => (file.includes("/") ? file.split("/")[0] : "page");
const pages = ["index.html", "trace.html", "doctor.html"].map((
  file,
) => [file, readFileSync(new URL(`../${file}`, import.meta.url), "utf8")]);

/** The modules that a file imports, also for their types. @type {Map<string, string[]>} */
const imports = new Map(files.map((file) => [
  file,
  [
    ...text(file).matchAll(/^(?:import|export)[^;]*?from "([^"]+)";/gms),
    ...text(file).matchAll(/import\("([^"]+)"\)/g),
  ].map(([, path]) => {
    assert.match(path, /^\.\.?\//, `${file} imports ${path}`);
    return new URL(path, new URL(file, assets)).pathname.slice(assets.pathname.length);
  }),
]));
test("modules import only what their layer may import, types included", () => {
  for (const [file, targets] of imports) {
    for (const target of targets) {
      assert.ok(files.includes(target), `${file} imports ${target}, which does not exist`);
      assert.ok(MAY_IMPORT[layer(file)].includes(layer(target)), `${file} may not import ${target}`);
    }
  }
});

test("modules have no import cycles, types included", () => {
  const done = new Set();
  /** @param {string} file @param {string[]} path */
  const visit = (file, path) => {
    assert.ok(!path.includes(file), `import cycle: ${[...path, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test("the model does not use the DOM", () => {
  for (const file of files.filter((name) => layer(name) === "model")) {
    assert.doesNotMatch(
      text(file).replace(/\/\/.*|\/\*[^]*?\*\//g, ""),
      /\b(document|localStorage|HTMLElement|requestAnimationFrame|location|navigator)\b/,
      file,
    );
  }
});

const MARKUP_OR_CODE = new RegExp(
  ["innerHTML", "outerHTML", "insertAdjacentHTML", "document\\.write", "\\beval\\(", "new Function", "DOMParser"]
    .concat("createContextualFragment", 'setAttribute\\("style"', "cssText").join("|"),
);

test("no string is parsed as markup, style or code", () => {
  for (const file of files) {
    assert.doesNotMatch(
      text(file),
      MARKUP_OR_CODE,
      file,
    );
  }
});

test("pages and styles load nothing from other hosts and have no inline script or style", () => {
  for (const [name, html] of pages) {
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//, name);
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=|<style/, name);
  }
  for (const file of readdirSync(new URL("style/", assets))) {
    assert.doesNotMatch(text(`style/${file}`), /@import|url\(/, file);
  }
});

test("every module starts with a comment", () => {
  for (const file of files) assert.match(text(file), /^\/\/ /, file);
});

test("lines have at most 120 characters", () => {
  const ui = new URL("../", import.meta.url);
  const sources = readdirSync(ui, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  for (const file of sources) {
    for (const [at, line] of readFileSync(new URL(file, ui), "utf8").split("\n").entries()) {
      assert.ok(line.length <= 120, `${file}:${at + 1} has ${line.length} characters`);
    }
  }
});

test("modules have at most 400 lines", () => {
  for (const file of files) {
    const lines = text(file).split("\n").length;
    assert.ok(lines <= 400, `${file}: ${lines} lines`);
  }
});
