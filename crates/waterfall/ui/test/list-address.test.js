import assert from "node:assert/strict";
import { test } from "node:test";

import { searchOfReferrer } from "../assets/view/list-address.js";

test("a trace opened in a new tab takes the filter from the list that linked to it, and from no other page", () => {
  const of = (/** @type {string} */ referrer) => searchOfReferrer(referrer, "http://localhost:8080");
  assert.equal(of("http://localhost:8080/?find=status%3Derror"), "?find=status%3Derror");
  assert.equal(of("http://localhost:8080/"), "");
  assert.equal(of("http://localhost:8080/trace/0af7?find=x"), "");
  assert.equal(of("http://localhost:80801/?find=x"), "");
  assert.equal(of("https://elsewhere.example/?find=x"), "");
  assert.equal(of(""), "");
});
