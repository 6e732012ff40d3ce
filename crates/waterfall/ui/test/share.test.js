// Percentages: rounded in one way, and each says what it is of.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { errorsOfSpans, formatShare, shareOfSelfTime, shareOfTrace, totalSelfTime } from "../assets/model/share.js";
import { traceOf } from "./support.js";

const ASSETS = new URL("../assets/", import.meta.url);

test("a small share is not rounded to zero", () => {
  assert.equal(formatShare(1, 1000), "<1%");
  assert.equal(formatShare(0, 1000), "0%");
  assert.equal(formatShare(1, 0), "–");
});

test("a share says what it is of: wall time and self time differ where spans run concurrently", () => {
  const trace = traceOf("root 0+100\n  a 0+90\n  b 0+90", { likely_duration: 100 });
  const self = Float64Array.of(10, 90, 90);
  assert.equal(shareOfTrace(trace, 90), "90% of the trace");
  assert.equal(shareOfSelfTime(90, totalSelfTime(trace, self)), "47% of all self time");
  assert.equal(errorsOfSpans(3, 30), "3 of 30 spans");
});

test("no other module writes a percentage", () => {
  const writers = ["model", "view"].flatMap((folder) =>
    readdirSync(new URL(folder, ASSETS)).map((file) => `${folder}/${file}`)
  ).filter((file) => {
    const lines = readFileSync(new URL(file, ASSETS), "utf8").split("\n");
    return lines.some((line) => /\}%|[^\s]% of/.test(line) && !/^\s*(\/\/|\*)|style|setProperty/.test(line));
  });
  assert.deepEqual(writers, ["model/share.js"]);
});
