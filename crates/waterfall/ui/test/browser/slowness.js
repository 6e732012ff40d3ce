// How much slower this machine is at this moment than a quiet one, for tests that limit time.

import { browser } from "./stage.js";

/** What the work takes on a quiet machine with two cores, where the budgets hold. */
const QUIET_MILLIS = 30;
const TIMES = 5;

/** A fixed amount of work of the kind that the page does: objects, strings, a map, a sort and a layout. */
const WORK = `
  const began = performance.now();
  const rows = Array.from({ length: 60_000 }, (_, n) => ({ n, key: "GET /items/" + n % 997, at: n * 7919 % 60_013 }));
  const byKey = new Map();
  for (const row of rows) byKey.set(row.key, (byKey.get(row.key) ?? 0) + row.at);
  rows.sort((a, b) => a.at - b.at);
  const box = document.createElement("div");
  for (const row of rows.slice(0, 400)) box.append(document.createElement("p"), row.key);
  document.body.append(box);
  box.getBoundingClientRect();
  box.remove();
  return performance.now() - began + byKey.size * 0`;

/** At least 1; the median of a few times. Load on the machine changes, so call it beside what is measured. */
export async function slowness() {
  const times = [];
  for (let n = 0; n < TIMES; n += 1) times.push(await browser.run(WORK));
  return Math.max(1, times.sort((a, b) => a - b)[TIMES >> 1] / QUIET_MILLIS);
}
