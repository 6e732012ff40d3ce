import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText } from "../assets/model/cut-text.js";
import { shortId } from "../assets/model/short-id.js";
import { COLUMN_CHARS, NARROW_CHARS, ShortNames } from "../assets/model/short-names.js";

const services = ["org.shop.payments", "org.shop.accounts.api", "org.shop.carts.reader", "gateway", "org.shop"];

test("in a narrow place, shorter names lose the prefix that they share, too", () => {
  const short = new ShortNames(["org.shop.payments/Charge", ...services], services, NARROW_CHARS);
  assert.deepEqual(services.map((name) => short.service(name)), services, "a prefix of 9 characters is worth keeping");
  const long = services.map((name) => name.replace("org.", "org.example."));
  const narrow = new ShortNames(["org.example.shop.payments/Charge", ...long], long, NARROW_CHARS);
  assert.deepEqual(long.map((name) => narrow.service(name)), [
    "…payments",
    "…accounts.api",
    "…carts.reader",
    "gateway",
    "org.example.shop",
  ]);
  assert.equal(
    narrow.span("org.example.shop.payments/Charge"),
    "…payments/Charge",
    "a span is named after its service",
  );
});

test("a column of span names keeps method and path, beside narrow names of services", () => {
  const routes = ["GET /api/activities/home", "GET /api/activities/@{handle}"];
  const short = new ShortNames(routes, services, NARROW_CHARS, COLUMN_CHARS);
  assert.deepEqual(routes.map((name) => short.span(name)), routes);
});

test("a short ID is the beginning of the whole one, leading zeros included", () => {
  assert.equal(shortId("00fe2962c785bcfc5e5213c41d494a10"), "00fe2962");
});

test("a text is cut with one ellipsis, after a word", () => {
  const chars = (/** @type {string} */ text) => text.length;
  assert.equal(cutText("shop GET → …carriers", 8, chars), "shop GE…");
  assert.equal(cutText("shop GET → …carriers", 13, chars), "shop GET…");
  assert.equal(cutText("shop GET → …carriers", 15, chars), "shop GET → …ca…");
  assert.equal(cutText("shop", 3, chars), "");
});
