// Export and import of trace files.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { randomId } from "./otlp.js";
import { browser, home, onlyRefusals, open, shoot, waterfall } from "./stage.js";
import { HOSTILE } from "./traces.js";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "traces-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const MESSAGES = `(document.querySelector("#imported:not([hidden]) .import-messages")?.textContent ?? "")`;

/** The home feed's trace as exported by the page, with another id. @param {"OTLP" | "Jaeger"} format */
async function saved(format) {
  await open(home);
  const href = await browser.run(
    `return [...document.querySelectorAll(".export")].find((link) => link.textContent === "${format}").href`,
  );
  const text = await (await fetch(href)).text();
  const id = randomId(16);
  return { id, text: text.replaceAll(home, id) };
}

for (const format of /** @type {const} */ (["OTLP", "Jaeger"])) {
  test(`a trace saved as ${format} JSON is imported by the button, whole`, async () => {
    const { id, text } = await saved(format);
    const file = join(folder, `${format}.json`);
    await writeFile(file, text);
    await browser.go(`${waterfall}/`);
    await browser.choose("input[type=file]", file);
    await browser.until("the result", `return ${MESSAGES}.includes("11 spans of 1 trace")`);
    await browser.click(".import-link");
    await browser.until(
      "its rows",
      `return location.pathname.endsWith("${id}")
        && document.querySelectorAll("#rows .row:not([hidden])").length === 11`,
    );
    assert.match(await browser.run(`return document.querySelector(".facts").textContent`), /42\.3 ms/);
  });
}

test("files dropped on the page are imported", async () => {
  const { id, text } = await saved("OTLP");
  await browser.go(`${waterfall}/?view=services`);
  await browser.run(
    `const data = new DataTransfer();
     data.items.add(new File([arguments[0]], "dropped.json", { type: "application/json" }));
     const over = new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true });
     document.body.dispatchEvent(over);
     window.overlayShown = !document.querySelector("#drop-overlay").hidden && over.defaultPrevented;
     document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));`,
    text,
  );
  assert.equal(await browser.run("return window.overlayShown"), true);
  await browser.until("the result", `return ${MESSAGES}.includes("dropped.json: 11 spans")`);
  await browser.until("the trace", `return document.querySelector('[data-trace="${id}"]') !== null`);
  assert.equal(await browser.run(`return document.querySelector("#drop-overlay").hidden`), true);
  await shoot("traces-imported");
});

test("a file without traces is rejected with a message, and its markup stays text", async () => {
  const file = join(folder, `${HOSTILE.replace(/[/"=;' ]/g, "_")}.json`);
  await writeFile(file, `${HOSTILE} is no JSON`);
  await browser.go(`${waterfall}/`);
  await browser.choose("input[type=file]", file);
  const text = await browser.until(
    "the error message",
    `return ${MESSAGES}.includes("was not imported") && document.querySelector(".import-messages").textContent`,
  );
  assert.match(text, /<img/);
  assert.equal(await browser.run(`return document.querySelectorAll("img, [onerror]").length`), 0);
  await browser.run(`document.querySelector("#imported button").click()`);
  assert.equal(await browser.run(`return document.querySelector("#imported").hidden`), true);
  await onlyRefusals();
});
