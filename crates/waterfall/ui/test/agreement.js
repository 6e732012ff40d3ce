// No two views disagree about a trace: hostile traces are sent to a waterfall of the test's own, and what each view
// says about them is compared.
//   node test/agreement.js PROGRAM [SEED] [TRACES]      PROGRAM is the launcher's binary

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { disagreements, statements } from "./agreement/views.js";
import { hostileTrace, Random } from "./agreement/hostile-traces.js";
import { metricsStatements } from "./agreement/metrics.js";
import { startInstance } from "./browser/instance.js";

const [program, seedText, countText = "60"] = process.argv.slice(2);
const seed = seedText === undefined ? Date.now() % 1_000_000 : Number(seedText);
const count = Number(countText);
/** Listings until each trace has a verdict: each listing analyses at least one trace. */
const MAX_LISTINGS = count + 1;
/** Of each quantity that views disagree about. */
const MAX_REPORTED = 3;
/** Characters of a value. */
const MAX_VALUE = 1_000;

const waterfall = await startInstance(program);
try {
  process.exitCode = (await compare()) ? 0 : 1;
} finally {
  waterfall.stop();
}

/** Whether all views agree about all traces. */
async function compare() {
  const random = new Random(seed);
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const sent = Array.from({ length: count }, () => hostileTrace(random, start));
  for (const { resourceSpans } of sent) await post("/v1/traces", { resourceSpans });
  const listed = await list();
  const found = [];
  const wires = [];
  for (const trace of sent) {
    const path = `/api/ui/traces/${trace.traceId}`;
    const [wire, corrected, otlp, jaeger] = await Promise.all(
      [path, `${path}?clocks=corrected`, `${path}/export?format=otlp`, `/api/traces/${trace.traceId}`].map(get),
    );
    const drawing = await draw(trace.traceId);
    wires.push(wire);
    const said = statements({
      sent: trace,
      listed: listed.get(trace.traceId) ?? { services: [] },
      wire,
      corrected,
      jaeger: jaeger.data[0],
      otlp,
      drawing,
    });
    for (const [what, views] of disagreements(said)) found.push({ where: `trace ${trace.traceId}`, what, views });
  }
  const metrics = metricsStatements(wires, await get("/api/ui/services?parts=0"));
  for (const [what, views] of disagreements(metrics)) found.push({ where: "services page", what, views });
  report(found);
  return found.length === 0;
}

/** The list, once each trace in it was analysed. @returns {Promise<Map<string, any>>} by trace ID */
async function list() {
  for (let listing = 0; listing < MAX_LISTINGS; listing += 1) {
    const { traces } = await get(`/api/ui/traces?limit=${count}`);
    if (traces.length === count && traces.every(({ failed }) => failed !== undefined)) {
      return new Map(traces.map((/** @type {any} */ trace) => [trace.trace_id, trace]));
    }
  }
  throw new Error(`seed ${seed}: after ${MAX_LISTINGS} listings, traces still have no verdict`);
}

/** @typedef {{ where: string, what: string, views: Record<string, unknown> }} Disagreement */

/** @param {Disagreement[]} found */
function report(found) {
  if (found.length === 0) {
    console.log(`all views agree about ${count} traces (seed ${seed})`);
    return;
  }
  console.error(`seed ${seed}: ${found.length} disagreements`);
  for (const what of new Set(found.map((one) => one.what))) {
    const same = found.filter((one) => one.what === what);
    for (const { where, views } of same.slice(0, MAX_REPORTED)) {
      console.error(`${where}, ${what}:`);
      for (const [view, value] of Object.entries(differences(views))) {
        console.error(`  ${view}: ${JSON.stringify(value)?.slice(0, MAX_VALUE)}`);
      }
    }
    if (same.length > MAX_REPORTED) console.error(`${same.length - MAX_REPORTED} more about ${what}`);
  }
}

/** The views without the entries that all of them list. @param {Record<string, unknown>} views */
function differences(views) {
  const lists = Object.values(views).map((value) => new Set(Array.isArray(value) ? value : []));
  const isShared = (/** @type {unknown} */ entry) => lists.every((list) => list.has(entry));
  return Object.fromEntries(
    Object.entries(views).map(([view, value]) => [
      view,
      Array.isArray(value) ? value.filter((entry) => !isShared(entry)) : value,
    ]),
  );
}

/** The trace as the terminal shows it. @param {string} id */
async function draw(id) {
  const { stdout } = await promisify(execFile)(program, ["trace", id, "--wait", "0", "--waterfall", waterfall.http]);
  return stdout;
}

/** @param {string} path @returns {Promise<any>} */
async function get(path) {
  const response = await fetch(waterfall.http + path);
  if (!response.ok) throw new Error(`seed ${seed}: ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** @param {string} path @param {object} message */
async function post(path, message) {
  const response = await fetch(waterfall.otlp_http + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`seed ${seed}: ${path} answered ${response.status}: ${await response.text()}`);
}
