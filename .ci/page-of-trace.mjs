// Opens the page of a trace and the list of traces in Chromium, in three looks, and counts the rows.
//
//   node page-of-trace.mjs WATERFALL_URL TRACE_ID SCREENSHOTS SPAN_NAME...      a name for each span

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";

import { Browser, startDriver } from "../crates/waterfall/ui/test/browser/webdriver.js";

const LOOKS = [
  { look: "light", width: 1280, height: 800 },
  { look: "dark", width: 1280, height: 800, dark: true },
  { look: "narrow", width: 420, height: 800 },
];

const ROWS = `
  return [...document.querySelectorAll("#rows [role=row]")]
    .filter((row) => row.checkVisibility() && row.getBoundingClientRect().height > 0)
    .map((row) => row.textContent);
`;

const [waterfall, traceId, screenshots, ...names] = process.argv.slice(2);
const page = `${waterfall}/trace/${traceId}`;

await mkdir(screenshots, { recursive: true });
const driver = await startDriver();
try {
  for (const { look, ...window } of LOOKS) {
    const browser = await Browser.open(driver.url, window);
    try {
      await browser.go(page);
      await browser.until(
        "a row for every span",
        `const rows = (() => {${ROWS}})(); return rows.length >= arguments[0];`,
        { args: [names.length] },
      );
      const rows = await browser.run(ROWS);
      assert.equal(rows.length, names.length, `rows: ${rows.join(" | ")}`);
      for (const name of names) {
        assert.ok(rows.some((row) => row.includes(name)), `no row says ${name}: ${rows.join(" | ")}`);
      }
      await browser.screenshot(`${screenshots}/trace-${look}.png`);

      await browser.go(waterfall);
      await browser.until(
        "the trace in the list",
        `return [...document.querySelectorAll("#traces a")].some((a) => a.href === arguments[0]);`,
        { args: [page] },
      );
      await browser.screenshot(`${screenshots}/traces-${look}.png`);
      assert.deepEqual(await browser.problems(), []);
      console.log(
        `${look}: ${rows.length} rows of ${names.length} spans, the list links to them, nothing in the console`,
      );
    } finally {
      await browser.close();
    }
  }
} finally {
  await driver.stop();
}
console.log(`pictures in ${screenshots}`);
