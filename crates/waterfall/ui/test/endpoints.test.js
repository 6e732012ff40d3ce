import assert from "node:assert/strict";
import { test } from "node:test";
import { readEndpoints, shellWord } from "../assets/model/endpoints.js";

const LOCAL = { hostname: "localhost", port: "16686", protocol: "http:" };

/** @param {string} host @param {object} [rest] */
function status(host, rest = {}) {
  const [page, otlp_http, otlp_grpc] = [16686, 5318, 5317].map((port) => `${host}:${port}`);
  return { endpoints: { page, otlp_http, otlp_grpc, ingest_token_required: false }, ...rest };
}

test("commands use the ports of the server and the host of the browser", () => {
  for (const host of ["127.0.0.1", "0.0.0.0", "[::]", "[::1]"]) {
    assert.deepEqual(readEndpoints(status(host), LOCAL), {
      otlpHttp: "http://localhost:5318",
      otlpGrpc: "http://localhost:5317",
      tokenRequired: false,
      exampleUrl: null,
      mayDiffer: false,
    });
    const remote = readEndpoints(status(host), { ...LOCAL, hostname: "traces.example.com" });
    assert.equal(remote?.otlpHttp, "http://traces.example.com:5318");
  }
});

test("an address of one interface stays as it is", () => {
  assert.equal(readEndpoints(status("10.0.0.7"), LOCAL)?.otlpGrpc, "http://10.0.0.7:5317");
  assert.equal(readEndpoints(status("[fd00::7]"), LOCAL)?.otlpHttp, "http://[fd00::7]:5318");
});

test("a page behind another port says that the other ports may differ, too", () => {
  for (
    const page of [{ ...LOCAL, port: "8000" }, { ...LOCAL, port: "" }, {
      hostname: "a.example",
      port: "",
      protocol: "https:",
    }]
  ) {
    assert.equal(readEndpoints(status("0.0.0.0"), page)?.mayDiffer, true);
  }
});

test("the example is a request from the browser's side", () => {
  const example = (/** @type {string} */ url, page = LOCAL) =>
    readEndpoints(status("0.0.0.0", { example_url: url }), page)?.exampleUrl;
  const far = { ...LOCAL, hostname: "far.example" };
  assert.equal(example("http://127.0.0.1:9000/api/activities/home"), "http://localhost:9000/api/activities/home");
  assert.equal(example("http://localhost:9000/a", far), "http://far.example:9000/a");
  assert.equal(example("http://[::1]:9000/a", far), "http://far.example:9000/a");
  assert.equal(example("https://shop.example/a?b", far), "https://shop.example/a?b");
  assert.equal(example("nonsense"), null);
});

test("a status without addresses gives no commands", () => {
  for (const answer of [null, {}, { endpoints: null }, { endpoints: { page: "x", otlp_http: 1 } }]) {
    assert.equal(readEndpoints(answer, LOCAL), null);
  }
});

test("whether senders need a token is told", () => {
  const endpoints = { ...status("0.0.0.0").endpoints, ingest_token_required: true };
  assert.equal(readEndpoints({ endpoints }, LOCAL)?.tokenRequired, true);
});

test("a URL is one word of a shell", () => {
  assert.equal(shellWord("http://a:1/b/@c"), "http://a:1/b/@c");
  assert.equal(shellWord("http://a/?b=1&c=2"), "'http://a/?b=1&c=2'");
  assert.equal(shellWord("a'b"), `'a'\\''b'`);
});
