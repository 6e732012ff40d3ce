import assert from "node:assert/strict";
import { test } from "node:test";
import { honeycombLink } from "../assets/model/honeycomb-link.js";

const ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const trace = { id: ID, reportedStart: 1_700_000_000_900_000_000n, duration: 200_000_000 };
const PAGES = "https://ui.honeycomb.io/acme/environments/test";
const link = (/** @type {unknown} */ honeycomb, service = "gateway") => honeycombLink({ honeycomb }, trace, service);

test("a trace links to the dataset of its root's service, and to the time of the trace", () => {
  assert.equal(
    link(PAGES),
    `${PAGES}/datasets/gateway/trace?trace_id=${ID}&trace_start_ts=1699999940&trace_end_ts=1700000061`,
  );
  for (const pages of ["https://ui.eu1.honeycomb.io/acme/environments/test", "https://ui.honeycomb.io/acme"]) {
    assert.equal(link(pages)?.startsWith(`${pages}/datasets/gateway/trace?trace_id=${ID}&`), true, pages);
  }
});

test("the name of a service cannot change the address", () => {
  assert.match(link(PAGES, " my shop ") ?? "", /\/datasets\/my%20shop\/trace\?/);
  assert.match(link(PAGES, "../../evil?x#y") ?? "", /\/datasets\/\.\.%2F\.\.%2Fevil%3Fx%23y\/trace\?trace_id=/);
  assert.match(link(PAGES, "unknown_service:java") ?? "", /\/datasets\/unknown_service\/trace\?/);
  assert.equal(link(PAGES, " "), null);
});

test("without a team there is no link, and only Honeycomb's own pages are linked to", () => {
  for (
    const pages of [
      undefined,
      null,
      7,
      "",
      "javascript:alert(1)",
      "https://ui.honeycomb.io.evil.example/acme",
      "https://ui.honeycomb.io/acme/../x",
      `${PAGES}?x`,
      `${PAGES}\n`,
    ]
  ) {
    assert.equal(link(pages), null, String(pages));
  }
  assert.equal(honeycombLink(null, trace, "gateway"), null);
});
