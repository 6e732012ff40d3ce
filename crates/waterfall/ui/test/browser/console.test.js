// Runs last: the console messages of all pages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser } from "./stage.js";

test("no page has logged an error to the console", async () => {
  const problems = (await browser.problems()).filter((message) => !/404 \(Not Found\)/.test(message));
  assert.deepEqual(problems, []);
});
