// Text from untrusted clients is never parsed as markup.

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomId, sendLogs, sendTree, startNano } from "./otlp.js";
import { browser, home, NAMES, onlyRefusals, open, otlp, shoot, waterfall } from "./stage.js";
import { HOSTILE, hostile } from "./traces.js";
import { Key } from "./webdriver.js";

/** Asserts that nothing that was sent became an element or ran as script. */
async function nothingRan() {
  assert.equal(
    await browser.run(
      `return document
        .querySelectorAll("img, b:not(.idle-band), [onerror], [onmouseover], a[href^=javascript]").length`,
    ),
    0,
  );
  assert.equal(await browser.run(`return window.owned ?? null`), null);
  assert.doesNotMatch(await browser.run(`return document.title`), /^owned$/);
}

test("names that are markup stay text, everywhere", async () => {
  const trace = randomId(16);
  const start = startNano();
  const root = hostile();
  await sendTree(otlp, trace, root, start);
  await sendLogs(otlp, trace, [{
    service: root.service,
    span: root,
    at: 100,
    severity: 17,
    body: `${HOSTILE}\n${HOSTILE}`,
    attributes: { [HOSTILE]: HOSTILE },
  }], start);
  await browser.go(`${waterfall}/?find=onerror`);
  await browser.until("the list", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  assert.equal(
    await browser.run(`return document.querySelector('[data-trace="${trace}"] .trace-list-name').textContent`),
    HOSTILE,
  );
  await nothingRan();
  await open(trace);
  assert.equal((await browser.run(NAMES))[0], HOSTILE);
  await browser.press(Key.down, Key.enter);
  await browser.until(
    "attributes, links and logs",
    `return document.querySelector("#details .attributes dt") !== null
      && document.querySelector("#details .links a") !== null && document.querySelector("#details .logs li") !== null`,
  );
  assert.equal(await browser.run(`return document.querySelector("#details h2").textContent`), HOSTILE);
  const texts = await browser.run(
    `return [".attributes dt", ".links .attributes dt", ".events .event-name", ".logs .log-text", ".error-box p"]
      .map((selector) => document.querySelector("#details " + selector).textContent)`,
  );
  assert.deepEqual(texts, [HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE]);
  await shoot("trace-hostile");
  await nothingRan();
  for (
    const [view, wanted] of [["flame", ".flame-canvas"], ["table", ".operations"], ["graph", ".graph-node"], [
      "logs",
      ".log-item",
    ], ["compare", ".trace-picker"]]
  ) {
    await open(trace, `?view=${view}`);
    await browser.until(view, `return document.querySelector("${wanted}") !== null`);
    await nothingRan();
  }
});

test("markup in a query stays text in the filter, the menu and the error message", async () => {
  await browser.go(`${waterfall}/?${new URLSearchParams({ find: `duration>${HOSTILE}` })}`);
  await browser.until(
    "the error message",
    `return !document.querySelector("#problem").hidden && document.querySelector("#problem").textContent.length > 10`,
  );
  await nothingRan();
  await onlyRefusals();
  await browser.press("/");
  await browser.run(
    `const filter = document.querySelector("#filter");
      filter.value = 'name~"<img'; filter.dispatchEvent(new Event("input"))`,
  );
  await browser.until(
    "the menu",
    `return [...document.querySelectorAll(".completion:not([hidden]) .completion-label")]
      .some((label) => label.textContent === arguments[0])`,
    { args: [HOSTILE] },
  );
  await browser.until(
    "the message about the open quote",
    `return document.querySelector("#problem:not([hidden])") !== null
      && document.querySelector("#count").textContent !== "Searching…"`,
  );
  await nothingRan();
  await onlyRefusals();
  await open(
    home,
    `?${new URLSearchParams({
      find: `${HOSTILE}=${HOSTILE} colour=${HOSTILE}`,
      service: HOSTILE,
      span: HOSTILE,
      view: HOSTILE,
    })}`,
  );
  await nothingRan();
});
