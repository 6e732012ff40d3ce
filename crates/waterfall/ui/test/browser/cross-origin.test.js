// Pages of other origins that send telemetry, as exporters for browsers do.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { randomId, startNano } from "./otlp.js";
import { browser, otlp, storedRows } from "./stage.js";

let server;
let page;
before(async () => {
  server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>A shop</title>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  page = `http://localhost:${server.address().port}/`;
});
after(() => server.close());

/** A request with one span. @param {string} traceId */
function request(traceId) {
  const start = startNano();
  const times = { startTimeUnixNano: `${start}`, endTimeUnixNano: `${start}` };
  const span = { traceId, spanId: randomId(8), name: "click", ...times };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

const SEND = {
  "fetch with credentials": `
    const [url, body] = arguments;
    window.sent = null;
    const headers = { "content-type": "application/json", "x-tenant": "a" };
    const done = (text) => { window.sent = String(text); };
    fetch(url, { method: "POST", credentials: "include", headers, body })
      .then((response) => response.text())
      .then(done, done);`,
  "navigator.sendBeacon": `
    const [url, body] = arguments;
    window.sent = navigator.sendBeacon(url, new Blob([body], { type: "application/json" })) ? "{}" : "refused";`,
};

for (const [how, script] of Object.entries(SEND)) {
  test(`a page of this machine sends spans by ${how}`, async () => {
    const traceId = randomId(16);
    await browser.go(page);
    await browser.run(script, `${otlp}/v1/traces`, request(traceId));
    await browser.until("the answer", "return window.sent !== null");
    assert.equal(await browser.run("return window.sent"), "{}");
    await storedRows(traceId, 1);
  });
}
