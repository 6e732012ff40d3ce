// The bundle of each page: a source map leads from its lines to those of the modules, which are served as they are.

import assert from "node:assert/strict";
import { SourceMap } from "node:module";
import { test } from "node:test";
import { waterfall } from "./stage.js";

/** @param {string} path */
async function linesOf(path) {
  const response = await fetch(`${waterfall}${path}`);
  assert.equal(response.status, 200, path);
  return (await response.text()).split("\n");
}

for (const page of ["trace-list-page", "trace-page", "doctor-page"]) {
  test(`every line of the bundle of ${page}.js is known by its module and line`, async () => {
    const script = await linesOf(`/assets/${page}.bundle.js`);
    assert.equal(script.at(-2), `//# sourceMappingURL=/assets/${page}.bundle.js.map`);
    const payload = JSON.parse((await linesOf(`/assets/${page}.bundle.js.map`)).join("\n"));
    const map = new SourceMap(payload);
    const sources = new Map();
    for (const source of payload.sources) sources.set(source, await linesOf(source));
    assert.ok(sources.has(`/assets/${page}.js`));
    let same = 0;
    for (const [at, line] of script.entries()) {
      const { originalSource, originalLine, generatedLine } = map.findEntry(at, 0);
      if (generatedLine !== at) continue;
      const original = sources.get(originalSource)[originalLine];
      if (line === original) same += 1;
      else assert.match(original, /^(import |export |\} from )/, `${originalSource}:${originalLine + 1}`);
    }
    const written = [...sources.values()].reduce((sum, lines) => sum + lines.length - 1, 0);
    assert.ok(same > written * 0.8, `${same} of ${written} lines`);
  });
}
