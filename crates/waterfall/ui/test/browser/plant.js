// Sends the traces of planted.js to a waterfall, to try the page on causes that are known:
//   node test/browser/plant.js OTLP_URL [--late SECONDS] [--truth]
// Prints one trace id a line, with --truth also the cause. The late part of the last trace follows after some seconds.

import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { randomId, sendRoots, sendTree, startNano } from "./otlp.js";
import { plantedTraces } from "./planted.js";
import { shortTrace } from "./planted-trees.js";

const SHORT_TRACES = 60;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { late: { type: "string", default: "20" }, truth: { type: "boolean", default: false } },
});
const otlp = positionals[0] ?? "http://127.0.0.1:4318";

for (let n = 0; n < SHORT_TRACES; n += 1) {
  await sendRoots(otlp, [randomId(16)], shortTrace(n), startNano(2 + n * 5));
}
const late = [];
for (const [n, { cause, parts, ago }] of plantedTraces().entries()) {
  const traceId = randomId(16);
  const start = startNano(ago ?? 40 - n * 3);
  const [first, ...rest] = parts;
  await sendTree(otlp, traceId, first, start);
  for (const part of rest) late.push({ traceId, part, start });
  console.log(`${String(n + 1).padStart(2)}  ${traceId}${values.truth ? `  ${cause}` : ""}`);
}
await wait(Number(values.late) * 1000);
for (const { traceId, part, start } of late) await sendTree(otlp, traceId, part, start);
