// The stages of the page with the answers of a waterfall, for `benches/shapes`: callgrind counts what each takes.
//
// Arguments: folders with the answers for inputs of several sizes, `{items}.{answer}.json`. Prints each stage's name.

import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { longestQueue } from "../../assets/model/asynchronous.js";
import { groupAttributes } from "../../assets/model/attributes.js";
import { compareTraces } from "../../assets/model/compare.js";
import { fromParams, toParams } from "../../assets/model/deep-link.js";
import { readHops, readOverview } from "../../assets/model/doctor.js";
import { leastApart, longestPause } from "../../assets/model/event-list.js";
import { completeFind } from "../../assets/model/find-completion.js";
import { readTraceFindings } from "../../assets/model/findings.js";
import { flameOf } from "../../assets/model/flame.js";
import { histogram } from "../../assets/model/histogram.js";
import { spreadMarkers } from "../../assets/model/markers.js";
import { readMetrics } from "../../assets/model/metrics.js";
import { operationsOf, sortOperations } from "../../assets/model/operation-stats.js";
import { readTrace } from "../../assets/model/read-trace.js";
import { remoteCallOf } from "../../assets/model/remote-call.js";
import { placeDots } from "../../assets/model/scatter.js";
import { eachSelfInterval } from "../../assets/model/self-time.js";
import { ServiceColors } from "../../assets/model/service-colors.js";
import { serviceGraph } from "../../assets/model/service-graph.js";
import { serviceMap } from "../../assets/model/service-map.js";
import { shortNames } from "../../assets/model/short-names.js";
import { readSpanDetails } from "../../assets/model/span-details.js";
import { readSpanIndex } from "../../assets/model/span-index.js";
import { TraceListState } from "../../assets/model/trace-list-state.js";
import { TraceScreen } from "../../assets/model/trace-screen.js";
import { indentFor, shallowestDepth, treeLines } from "../../assets/model/tree-lines.js";
import { waitText } from "../../assets/model/wait-text.js";

/** As many rows as fit a window. */
const VISIBLE_ROWS = 60;
const WIDTH_PX = 1_000;
/** Each looks at all rows where there are no errors. */
const STEPS = 4;
const ROW_PX = 26;

/** Callgrind writes what was counted when libuv's function behind this one is called. */
const mark = () => os.getPriority();

/**
 * @template T
 * @param {string} name
 * @param {() => T} run
 * @returns {T}
 */
function stage(name, run) {
  mark();
  const result = run();
  mark();
  console.log(`page: ${name}`);
  return result;
}

/**
 * @param {number} items
 * @param {(answer: string) => string} read the text of an answer of the server
 */
function runStages(items, read) {
  const list = Int32Array.from({ length: items }, (_, at) => at);
  stage("control: look each item up in a list", () => list.every((item) => list.indexOf(item) >= 0));
  const trace = stage("read the trace", () => readTrace(JSON.parse(read("trace"))));
  const { self } = trace;
  const screen = stage("insights and outline", () => new TraceScreen(trace));
  stage("rows by id", () => trace.ids.map((id) => trace.rowOf(id)));
  stage("attributes of all spans", () => screen.setIndex(readSpanIndex(JSON.parse(read("otlp")), trace)));
  stage("visible rows", () => {
    drawRows(screen, 0);
    drawRows(screen, screen.outline.count - VISIBLE_ROWS);
  });
  stage("collapse and expand", () => {
    screen.toggle(0);
    screen.toggle(0);
    screen.collapseAll();
    screen.toDepth(3);
    screen.expandAll();
  });
  stage("go to the last row", () => {
    screen.collapseAll();
    screen.goTo(trace.count - 1);
    screen.expandAll();
  });
  stage("go from error to error", () => {
    for (let step = 0; step < STEPS; step += 1) screen.goToError(1);
  });
  stage("find", () => {
    screen.find("get duration>1ns");
    screen.showOnlyMatches(true);
    screen.goToMatch(1);
    screen.goToMatch(-1);
    screen.showOnlyMatches(false);
    screen.find("");
  });
  stage("complete a search", () => {
    for (const typed of ["s", "service=s", "name=g"]) completeFind(typed, typed.length, screen);
  });
  const flame = stage("flame graph", () => flameOf(trace, self));
  stage("table", () => sortOperations(operationsOf(trace, self), "self", true, trace.services));
  stage("graph of services", () => serviceGraph(trace, self));
  const side = { flame, services: trace.services };
  stage("compare", () => compareTraces(side, side));
  stage("names and colours", () => {
    const names = shortNames(trace);
    for (const name of trace.names) names.span(name);
    return new ServiceColors().keepApart(trace.services);
  });
  stage("queues", () => longestQueue(trace));
  stage("link to the page", () => fromParams(screen, toParams(screen)));
  stage("a newer version", () => screen.update(trace));
  stage("findings", () => {
    const findings = readTraceFindings(JSON.parse(read("findings")));
    for (let row = 0; row < trace.count; row += 1) if (trace.placeholder[row] === 0) findings.of(trace, row);
  });
  stage("span", () => {
    const span = readSpanDetails(JSON.parse(read("span")));
    groupAttributes(span.attributes);
    longestPause(span.events);
    leastApart(span.events);
    return spreadMarkers(span.events.map(({ offset }) => offset), screen.window, WIDTH_PX, 4);
  });
  stage("list of traces", () => {
    const list = new TraceListState();
    list.receive(JSON.parse(read("traces")), 1_000);
    list.update(false);
    const { traces } = list.display("", null);
    const { scale } = placeDots(traces, { left: 0, right: WIDTH_PX, top: 0, bottom: 200 });
    return [histogram(traces, scale, 40), list.newTraces];
  });
  stage("services and their map", () => serviceMap(readMetrics(JSON.parse(read("services")))));
  stage("doctor", () => [readOverview(JSON.parse(read("doctor"))), readHops(JSON.parse(read("hops")))]);
}

/**
 * What is drawn of the rows in the window.
 * @param {TraceScreen} screen
 * @param {number} from index of the first one
 */
function drawRows({ trace, outline, window }, from) {
  const [first, last] = [Math.max(0, from), Math.min(outline.count, Math.max(0, from) + VISIBLE_ROWS)];
  const indent = indentFor(trace.maxDepth, WIDTH_PX / 3, shallowestDepth(outline, first, last));
  for (let index = first; index < last; index += 1) {
    const row = outline.rowAt(index);
    treeLines(outline, row, indent, ROW_PX, ROW_PX / 2);
    eachSelfInterval(trace, row, window.length / WIDTH_PX, () => {});
    remoteCallOf(trace, row);
    waitText(trace, row);
  }
}

for (const folder of process.argv.slice(2)) {
  const sizes = readdirSync(folder).flatMap((name) => /^(\d+)\.trace\.json$/.exec(name)?.[1] ?? []).map(Number);
  for (const items of sizes.sort((a, b) => a - b)) {
    runStages(items, (answer) => readFileSync(join(folder, `${items}.${answer}.json`), "utf8"));
  }
}
