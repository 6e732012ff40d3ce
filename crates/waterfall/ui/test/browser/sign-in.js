// What needs an instance of its own: signing in, the empty state, unknown paths, and the link to Honeycomb:
//   node test/browser/sign-in.js PROGRAM [SHOTS]      PROGRAM is the launcher's binary

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startInstance } from "./instance.js";
import { randomId, sendTree } from "./otlp.js";
import { homeFeed } from "./traces.js";
import { Browser, Key, startDriver } from "./webdriver.js";

const [program, shots] = process.argv.slice(2);
const TOKEN = randomId(16);
const trace = randomId(16);
const deep = `/trace/${trace}?view=flame`;
let waterfall;
let waterfallPage;
let receiver;
let driver;
/** @type {Browser} */
let browser;

before(async () => {
  if (shots) await mkdir(shots, { recursive: true });
  waterfall = await startInstance(program, { WATERFALL_READ_TOKEN: TOKEN });
  waterfallPage = waterfall.http;
  receiver = waterfall.otlp_http;
  await sendTree(receiver, trace, homeFeed());
  driver = await startDriver();
  browser = await Browser.open(driver.url);
});

after(async () => {
  await browser?.close();
  await driver?.stop();
  waterfall?.stop();
});

const FORM = `return document.querySelector("#token") === document.activeElement`;
const FLAME = `return document.querySelector(".flame-canvas") !== null`;

test("a deep link asks for the token, rejects a wrong one, and continues with the right one", async () => {
  await browser.go(waterfallPage + deep);
  await browser.until("the form", FORM);
  if (shots) await browser.screenshot(join(shots, "sign-in-light.png"));
  await browser.press(..."not the token at all", Key.enter);
  await browser.until(
    "the error message",
    `return document.querySelector("#problem").textContent === "Wrong token."`,
  );
  assert.equal(await browser.run(FORM), true);
  await browser.press(...TOKEN, Key.enter);
  await browser.until("the trace", FLAME);
  assert.equal(await browser.run(`return location.pathname + location.search`), deep);
  assert.equal(await browser.run(`return document.cookie`), "", "the cookie is hidden from scripts");
});

test("signed in, pages, their modules and the stream of events work", async () => {
  await browser.go(`${waterfallPage}/`);
  await browser.until("the list", `return document.querySelector('[data-trace="${trace}"]') !== null`);
  await browser.until("the stream", `return document.querySelector("#connection-state").dataset.state === "live"`);
});

test("a link from another site works", async () => {
  const site = createServer((_, response) =>
    response.setHeader("content-type", "text/html").end(`<a id="link" href="${waterfallPage}${deep}">look</a>`)
  );
  await new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve(undefined)));
  // The same host under another name is another site.
  await browser.go(`http://localhost:${site.address().port}/`);
  await browser.click("#link");
  await browser.until("the trace", FLAME);
  site.close();
});

/** Expires the session. */
const expire = () => browser.command("Network.clearBrowserCookies", {});
const OUT = `return !document.querySelector("#session").hidden
    && document.querySelector("#connection-state").dataset.state === "signed-out"`;
const IN = `return document.querySelector("#session").hidden
    && document.querySelector("#connection-state").dataset.state === "live"`;

for (
  const [page, path, here]
    of /** @type {const} */ ([["list", "/", `[data-trace="${trace}"]`], ["trace", deep, ".flame-canvas"]])
) {
  test(`an expired session is reported on the open ${page}, and can be renewed there`, async () => {
    await browser.go(`${waterfallPage}${path}`);
    await browser.until("the page", `return document.querySelector('${here}') !== null`);
    await browser.until("the stream", IN);
    await browser.run(`window.same = true`);
    await expire();
    // The open stream continues; the next request is rejected.
    await sendTree(receiver, page === "trace" ? trace : randomId(16), { ...homeFeed(), id: randomId(8) });
    await browser.until("the notice", OUT);
    assert.notEqual(await browser.run(`return document.querySelector('${here}')`), null, "the content is kept");
    if (shots) await browser.screenshot(join(shots, `signed-out-${page}.png`));
    await browser.run(`document.querySelector("#session-token").focus()`);
    await browser.press(..."not the token at all", Key.enter);
    await browser.until(
      "the error message",
      `return document.querySelector("#session-problem").textContent === "Wrong token."`,
    );
    await browser.press(...TOKEN, Key.enter);
    await browser.until("the stream", IN);
    assert.equal(await browser.run(`return window.same && location.pathname + location.search`), path);
    const late = randomId(16);
    await sendTree(receiver, page === "trace" ? trace : late, { service: "late", name: "late", at: 0, lasts: 1_000 });
    await browser.until(
      "the new data",
      page === "trace"
        ? `return document.querySelector("#services").textContent.includes("late")`
        : `return document.querySelector('[data-trace="${late}"]') !== null`,
    );
  });
}

test("signing in again in another tab is enough", async () => {
  await browser.go(`${waterfallPage}/`);
  await browser.until("the stream", IN);
  await expire();
  await sendTree(receiver, randomId(16), homeFeed());
  await browser.until("the notice", OUT);
  // Signs in as another tab would.
  await browser.run(
    `void fetch("/sign-in", { method: "POST", body: new URLSearchParams({ token: arguments[0] }),
      redirect: "manual" })`,
    TOKEN,
  );
  await browser.until("the stream", IN);
});

test("signing out requires the token again", async () => {
  await browser.go(`${waterfallPage}${deep}`);
  await browser.until("the sign-out button", `return !document.querySelector("#sign-out").hidden`);
  if (shots) await browser.screenshot(join(shots, "sign-out.png"));
  await browser.click("#sign-out");
  await browser.until("the form", FORM);
  await browser.press(...TOKEN, Key.enter);
  await browser.until("the trace", FLAME);
});

test("without a token there is no sign-out button", async () => {
  const open = await startInstance(program);
  await browser.go(`${open.http}/`);
  await browser.until("the stream", IN);
  await browser.until("the status", `return document.querySelector("#store-status").textContent !== ""`);
  assert.equal(await browser.run(`return document.querySelector("#sign-out").hidden`), true);
  open.stop();
});

test("without traces, the page shows commands for the addresses that the server has, and they work", async () => {
  const example = "http://127.0.0.1:9/api/activities/home";
  const empty = await startInstance(program, { WATERFALL_INGEST_TOKEN: TOKEN, WATERFALL_EXAMPLE_URL: example });
  try {
    await browser.go(empty.http.replace("127.0.0.1", "localhost"));
    await browser.until("the commands", `return document.querySelectorAll("#empty .command").length === 3`);
    const texts = `return [...document.querySelectorAll("#empty pre")].map((pre) => pre.textContent)`;
    const [request, variables, single] = await browser.run(texts);
    const [http, grpc] = [empty.otlp_http, empty.otlp_grpc].map((url) => url.replace("127.0.0.1", "localhost"));
    assert.equal(request, `curl -i http://localhost:9/api/activities/home`);
    assert.deepEqual(variables.split("\n"), [
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${http}`,
      "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
      'export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20$WATERFALL_INGEST_TOKEN"',
    ]);
    assert.ok(
      await browser.run(`return document.querySelector("#empty").textContent.includes("OTLP over gRPC: ${grpc}.")`),
    );
    if (shots) await browser.screenshot(join(shots, "empty.png"));
    const sent = spawnSync("sh", ["-c", single], { env: { ...process.env, WATERFALL_INGEST_TOKEN: TOKEN } });
    assert.equal(sent.status, 0, String(sent.stderr));
    await browser.until(
      "the span",
      `return document.querySelector(".trace-list-row")?.textContent.includes("first span")`,
    );
  } finally {
    empty.stop();
  }
});

test("a trace links to its page in Honeycomb where a team and an environment are set, and only there", async () => {
  const team = { HONEYCOMB_TEAM: "acme", HONEYCOMB_ENVIRONMENT: "test", HONEYCOMB_API_ENDPOINT: "" };
  const id = randomId(16);
  for (
    const [settings, shown]
      of /** @type {const} */ ([[team, true], [{ ...team, HONEYCOMB_TEAM: "", HONEYCOMB_ENVIRONMENT: "" }, false]])
  ) {
    const own = await startInstance(program, settings);
    try {
      await sendTree(own.otlp_http, id, homeFeed());
      await browser.go(`${own.http}/trace/${id}`);
      await browser.until("the trace", `return document.querySelector("#rows .row") !== null`);
      if (shown) {
        await browser.until("the link", `return !document.querySelector("#honeycomb").hidden`);
        const [href, rel] = await browser.run(
          `const link = document.querySelector("#honeycomb"); return [link.href, link.rel]`,
        );
        const start = `https://ui.honeycomb.io/acme/environments/test/datasets/gateway/trace?trace_id=${id}&`;
        assert.equal(href.slice(0, start.length), start);
        assert.match(href.slice(start.length), /^trace_start_ts=\d{10}&trace_end_ts=\d{10}$/);
        assert.equal(rel, "noopener noreferrer");
        if (shots) await browser.screenshot(join(shots, "honeycomb-link.png"));
      } else {
        await browser.until(
          "the stream",
          `return document.querySelector("#connection-state").dataset.state === "live"`,
        );
        await browser.run(`return fetch("/api/ui/status").then((answer) => answer.json())`);
        assert.equal(await browser.run(`return document.querySelector("#honeycomb").hidden`), true);
      }
    } finally {
      own.stop();
    }
  }
});

test("an unknown path is a page with a way back", async () => {
  const open = await startInstance(program);
  try {
    for (const path of ["/services", "/trace", "/api/nope"]) {
      await browser.go(`${open.http}${path}`);
      assert.equal(await browser.run(`return document.querySelector("h1").textContent`), "Not found");
      if (shots && path === "/services") await browser.screenshot(join(shots, "unknown-path.png"));
    }
    await browser.click("nav a");
    await browser.until("the list", `return location.pathname === "/" && document.querySelector("#empty h1") !== null`);
    await browser.go(open.otlp_http);
    assert.match(await browser.run(`return document.body.textContent`), new RegExp(`shown at ${open.http}/`));
  } finally {
    open.stop();
  }
});

test("another browser has to sign in, also in dark and narrow windows", async () => {
  const other = await Browser.open(driver.url, { width: 390, height: 844, dark: true });
  await other.go(`${waterfallPage}/`);
  await other.until("the form", FORM);
  assert.equal(await other.run(`return document.documentElement.scrollWidth <= innerWidth`), true);
  assert.equal(
    await other.run(`return getComputedStyle(document.querySelector("form")).borderRadius`),
    "8px",
    "its style is allowed",
  );
  if (shots) await other.screenshot(join(shots, "sign-in-dark-narrow.png"));
  await other.close();
});
