import assert from "node:assert/strict";
import { test } from "node:test";
import { rangeTexts, startedText, timeWithDay } from "../assets/view/started-text.js";

const NOW = new Date(2026, 10, 29, 12, 0, 0).getTime();
/** Local times, as the page shows them. @param {...number} parts */
const nanos = (...parts) => BigInt(new Date(...parts).getTime()) * 1_000_000n;

test("a trace that started a day ago or earlier has a date, and one of another year its year", () => {
  assert.equal(startedText(nanos(2026, 10, 29, 11, 57), NOW), "3 min ago");
  assert.equal(startedText(nanos(2026, 10, 28, 12, 1), NOW), "23 h ago");
  assert.equal(startedText(nanos(2026, 10, 28, 11, 59), NOW), "11-28 11:59");
  assert.equal(startedText(nanos(2024, 10, 28, 11, 59), NOW), "2024-11-28");
});

test("a trace without a start, or of an impossible time, has no date", () => {
  assert.doesNotMatch(startedText(0n, NOW), /1970|\d\d-\d\d/);
  assert.equal(startedText(10n ** 23n, NOW), "–");
});

test("the time of another day has its date", () => {
  assert.equal(timeWithDay(nanos(2026, 10, 29, 9, 30), NOW), "09:30:00.000");
  assert.equal(timeWithDay(nanos(2026, 10, 28, 22, 24), NOW), "2026-11-28 22:24:00.000");
});

test("both ends of the time axis have their date, unless both are today", () => {
  const today = { first: nanos(2026, 10, 29, 9, 30), last: nanos(2026, 10, 29, 11, 0, 5) };
  assert.deepEqual(rangeTexts(today, NOW, false), ["09:30:00", "11:00:05"]);
  const sinceYesterday = { ...today, first: nanos(2026, 10, 28, 22, 0) };
  assert.deepEqual(rangeTexts(sinceYesterday, NOW, false), ["2026-11-28 22:00:00", "2026-11-29 11:00:05"]);
  assert.deepEqual(rangeTexts(sinceYesterday, NOW, true), ["11-28 22:00", "11-29 11:00"]);
  const yesterday = { first: nanos(2026, 10, 28, 22, 0), last: nanos(2026, 10, 28, 22, 5) };
  assert.deepEqual(rangeTexts(yesterday, NOW, true), ["11-28 22:00", "11-28 22:05"]);
});
