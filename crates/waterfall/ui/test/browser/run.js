// The pages in a real browser, against a waterfall that runs:
//   node test/browser/run.js --waterfall http://127.0.0.1:16686 --otlp http://127.0.0.1:4318 [--shots DIR]
// or by WATERFALL_URL, OTLP_URL and SHOTS. Needs Chromium and chromedriver (Debian: chromium-driver).
// One process and one browser for every test file in this directory. A file runs alone with the same options:
//   node test/browser/graph.test.js --waterfall ..

import { readdir } from "node:fs/promises";

/** Long names, and many and large traces come last, and the console is read when all pages were used. */
const LAST = ["header-fit.test.js", "search.test.js", "large.test.js", "long-list.test.js", "console.test.js"];

const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith(".test.js")).sort();
for (const file of [...files.filter((name) => !LAST.includes(name)), ...LAST]) await import(`./${file}`);
