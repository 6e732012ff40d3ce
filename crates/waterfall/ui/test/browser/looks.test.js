// All pages in dark mode and in a narrow window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failed, home, homeRoot, openWindow, shoot, waterfall } from "./stage.js";

const PAGES = /** @type {const} */ ([
  ["traces", "/", ".trace-list-row"],
  ["services", "/?view=services", ".services-table tbody tr"],
  ["doctor", "/doctor", ".doctor-page"],
  ["trace", `/trace/${home}`, "#rows .row"],
  ["trace-details", `/trace/${home}?span=${homeRoot}&details`, "#details .attributes"],
  ["trace-flame", `/trace/${home}?view=flame`, ".flame-canvas"],
  ["trace-table", `/trace/${home}?view=table`, ".operations tbody tr"],
  ["trace-services", `/trace/${home}?view=graph`, ".graph-node"],
  ["trace-logs", `/trace/${home}?view=logs`, ".log-item"],
  ["trace-compare", `/trace/${home}?view=compare&with=${failed}`, ".comparison tbody tr"],
]);

for (
  const [name, window] of /** @type {const} */ ([
    ["dark", { dark: true }],
    ["narrow", { width: 420, height: 820 }],
    ["telephone's", { width: 390, height: 844 }],
  ])
) {
  test(`every page fits a ${name} window`, async () => {
    const other = await openWindow(window);
    try {
      for (const [page, path, wanted] of PAGES) {
        await other.go(`${waterfall}${path}`);
        await other.until(page, `return document.querySelector("${wanted}") !== null`);
        const wide = await other.run(`return document.documentElement.scrollWidth - innerWidth`);
        assert.ok(wide <= 0, `${page}: ${wide} px stick out`);
        await shoot(`${page}-${name}`, other);
      }
      assert.deepEqual(await other.problems(), []);
    } finally {
      await other.close();
    }
  });
}
