import assert from "node:assert/strict";
import { test } from "node:test";
import { readImportResult } from "../assets/model/import-result.js";
import { histogram, withDuration } from "../assets/model/histogram.js";

const scale = { low: 6, high: 9, plot: { left: 0, right: 1, top: 0, bottom: 1 } };

test("each trace is counted in the bin of its duration, outliers in the outermost bins", () => {
  const bins = histogram(
    [1e5, 1e6, 2e6, 5e7, 9e8, 5e12].map((duration, n) => ({ duration, failed: n % 2 === 1 })),
    scale,
    3,
  );
  assert.deepEqual(bins.map(({ count, failed }) => [count, failed]), [[3, 1], [1, 1], [2, 1]]);
  assert.deepEqual(bins.map(({ low, high }) => [Math.round(low), Math.round(high)]), [[1e6, 1e7], [1e7, 1e8], [
    1e8,
    1e9,
  ]]);
});

test("choosing a bin replaces earlier duration bounds in the query", () => {
  const bin = { low: 1e6, high: 1e7, count: 1, failed: 0 };
  const once = withDuration("service=users", bin);
  assert.equal(once, "service=users trace.duration>=1000000ns trace.duration<10000000ns");
  assert.equal(withDuration(once, bin), once);
});

test("an import result is read from any response", () => {
  const id = "0123456789abcdef0123456789abcdef";
  assert.deepEqual(readImportResult({ traces: [id, "<img>", 5], spans: 3, rejected: 1, message: "m" }), {
    traces: [id],
    spans: 3,
    rejected: 1,
    message: "m",
  });
  assert.deepEqual(readImportResult(null), { traces: [], spans: 0, rejected: 0, message: "" });
});
