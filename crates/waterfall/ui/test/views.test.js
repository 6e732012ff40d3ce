import assert from "node:assert/strict";
import { test } from "node:test";
import { callSides } from "../assets/model/call-label.js";
import { compareTraces } from "../assets/model/compare.js";
import { flameOf, neighbour } from "../assets/model/flame.js";
import { frameLabel, frameLines } from "../assets/model/frame-text.js";
import { serviceGraph } from "../assets/model/service-graph.js";
import { serviceMap } from "../assets/model/service-map.js";
import { tellingSpan } from "../assets/model/service-calls.js";
import { operationsOf, percentile, sortOperations } from "../assets/model/operation-stats.js";
import { traceOf } from "./support.js";
import { totalSelfTime } from "../assets/model/share.js";

const TREE = `
root 0+100 @gateway
  get 10+20 @users
    sql 12+10 @users
  get 40+30 @users !
    sql 45+20 @users
  other 80+10 @activities`;

test("flame frames merge equal paths and are as wide as their self time with descendants", () => {
  const trace = traceOf(TREE);
  const flame = flameOf(trace, trace.self);
  assert.deepEqual(flame.levels.map((level) => level.map(({ name, calls, total }) => `${name} ${calls}× ${total}`)), [
    ["root 1× 100"],
    ["get 2× 50", "other 1× 10"],
    ["sql 2× 30"],
  ]);
  const [get] = flame.levels[1];
  assert.equal(get.errors, 1);
  assert.equal(trace.length[get.longest], 30);
  assert.equal(flame.frameAt(2, 5)?.name, "sql");
  assert.equal(flame.frameAt(1, 55)?.name, "other");
  assert.equal(flame.frameAt(2, 55), null);
});

test("a frame says that its calls ran at the same time, and how long the longest took", () => {
  const call = (/** @type {number} */ lasts) => `\n  draw 10+${lasts} @tiles`;
  const trace = traceOf(`map 0+100 @tiles${[80, 20, 20, 20].map(call).join("")}`);
  const [[map], [draw]] = flameOf(trace, trace.self).levels;
  assert.deepEqual(frameLabel(trace, map), ["160 ns of self time in 100 ns"]);
  assert.deepEqual(frameLabel(trace, draw), ["140 ns of self time in 80 ns", "4×", "longest 80 ns"]);
  const lines = frameLines(trace, draw, 160);
  assert.ok(lines.includes("140 ns of self time in 80 ns: some of it ran at the same time"), lines.join());
  assert.ok(lines.includes("4 calls, longest 80 ns, 140 ns sum of durations"), lines.join());
  const [, [get]] = flameOf(traceOf(TREE), traceOf(TREE).self).levels;
  assert.deepEqual(frameLabel(traceOf(TREE), get), ["50 ns", "2×"], "one after the other, and none stands out");
});

test("how long a frame's calls took together is judged by the likely clocks", () => {
  const trace = traceOf(`
get 0+100 @a #client
  serve 500+40 @b #server ~490
  serve 560+40 @b #server ~490`);
  const [, [serve]] = flameOf(trace, trace.self).levels;
  assert.deepEqual([serve.from, serve.to], [10, 110]);
});

test("a frame is found again in a newer version of the trace, by its path", () => {
  const older = traceOf(TREE);
  const newer = traceOf(`${TREE}\n  more 90+5 @users`.replace("other", "another"));
  const [before, after] = [flameOf(older, older.self), flameOf(newer, newer.self)];
  const like = (frame) => after.like(frame, older.services, newer.services);
  const [[, other], [sql]] = [before.levels[1], before.levels[2]];
  assert.equal(like(sql).name, "sql");
  assert.equal(like(sql), after.levels[2][0]);
  assert.equal(like(other), after.levels[0][0], "its caller, as it is gone");
  assert.equal(like(before.top), after.top);
});

test("spans in frames without width are counted", () => {
  const trace = traceOf("root 100+50\n  call 110+30 =30\n    serve 0+20 =0\n      query 5+10 =0");
  assert.equal(flameOf(trace, trace.self).undrawn(trace), 2);
  const drawn = traceOf(TREE);
  assert.equal(flameOf(drawn, drawn.self).undrawn(drawn), 0);
});

test("flame frames have neighbours in four directions", () => {
  const trace = traceOf(TREE);
  const flame = flameOf(trace, trace.self);
  const [[root], [get, other], [sql]] = flame.levels;
  assert.equal(neighbour(flame, root, "called"), get);
  assert.equal(neighbour(flame, root, "caller"), null);
  assert.equal(neighbour(flame, get, "after"), other);
  assert.equal(neighbour(flame, get, "before"), null);
  assert.equal(neighbour(flame, sql, "caller"), get);
  assert.equal(neighbour(flame, sql, "called"), null);
});

test("operations are counted, summed and sorted by self time", () => {
  const trace = traceOf(TREE);
  const [first, second] = operationsOf(trace, trace.self);
  assert.deepEqual([first.name, first.self], ["root", 40]);
  assert.deepEqual([second.name, second.count, second.total, second.median, second.max], ["sql", 2, 30, 10, 20]);
  const kinds = traceOf("get 0+9 @a #server\n  get 1+5 @a #client\n  get 7+1 @a #client");
  assert.deepEqual(
    operationsOf(kinds, kinds.self).map(({ name, kind, count }) => `${name} ${kind} ${count}`),
    ["get client 2", "get server 1"],
    "a request that is served is another operation than a call, as on the services page",
  );
  const byName = sortOperations(operationsOf(trace, trace.self), "service", false, trace.services);
  assert.deepEqual(byName.map(({ name }) => name), ["other", "root", "sql", "get"]);
});

test("percentiles are observed values", () => {
  const sorted = Float64Array.from({ length: 100 }, (_, n) => n + 1);
  assert.equal(percentile(sorted, 0.5), 50);
  assert.equal(percentile(sorted, 0.95), 95);
  assert.equal(percentile(Float64Array.of(7), 0.95), 7);
});

test("services are placed in columns from the first caller, with counted calls", () => {
  const trace = traceOf(TREE);
  const graph = serviceGraph(trace, trace.self);
  assert.deepEqual(graph.nodes.map(({ service, column, spans }) => [trace.services[service], column, spans]), [
    ["gateway", 0, 1],
    ["users", 1, 4],
    ["activities", 1, 1],
  ]);
  assert.deepEqual(
    graph.edges.map(({ from, to, calls, errors }) => [trace.services[from], trace.services[to], calls, errors]),
    [["gateway", "users", 2, 1], ["gateway", "activities", 1, 0]],
  );
});

test("the receiver of a call that has no span stands in the graph, with the caller's times", () => {
  const trace = traceOf(`
render 0+100 @renderer
  load 10+50 @renderer #client >fonts
  load 60+30 @renderer #client >fonts !`);
  const { nodes, edges, peers } = serviceGraph(trace, trace.self);
  assert.deepEqual(nodes.map(({ service, spans, column }) => [peers[service], spans, column]), [
    [{ name: "renderer", kind: "service" }, 3, 0],
    [{ name: "fonts", kind: "remote" }, 0, 1],
  ]);
  const [{ from, to, calls, errors }] = edges;
  assert.deepEqual({ from, to, calls, errors }, { from: 0, to: 1, calls: 2, errors: 1 });
  assert.deepEqual(callSides(edges[0]), ["caller waited avg 40 ns (longest 50 ns), callee has no span"]);
  assert.equal(tellingSpan(trace, edges[0]), 2);
});

test("services that call each other in a cycle are placed", () => {
  const trace = traceOf(`
a 0+100 @a
  b 10+50 @b
    a2 20+20 @a
      b2 21+5 @b`);
  const graph = serviceGraph(trace, trace.self);
  assert.deepEqual(graph.nodes.map(({ column }) => column), [0, 1]);
  assert.equal(graph.edges.length, 2);
});

test("traces are compared by path from the root, independent of the order of services", () => {
  const mine = traceOf(TREE);
  const other = traceOf(`
root 0+50 @gateway
  other 5+10 @activities
  get 10+20 @users
    sql 12+10 @users
  fresh 40+5 @activities`);
  const side = (trace) => ({ flame: flameOf(trace, trace.self), services: trace.services });
  const lines = compareTraces(side(mine), side(other)).map((
    { depth, name, mine: a, other: b, change },
  ) => [depth, name, a?.calls ?? 0, b?.calls ?? 0, change]);
  assert.deepEqual(lines, [
    [0, "root", 1, 1, 50],
    [1, "get", 2, 1, 30],
    [2, "sql", 2, 1, 20],
    [1, "other", 1, 1, 0],
    [1, "fresh", 0, 1, -5],
  ]);
});

test("the service map places every service and peer", () => {
  const operation = (service, errors = 0) => ({
    service,
    name: "x",
    kind: "server",
    spans: 10,
    errors,
    p50: 1,
    p95: 2,
    p99: 3,
    max: 4,
  });
  const calls = (from, to, errors = 0, kind = "service") => ({
    from: { name: from, kind: "service" },
    to: { name: to, kind },
    byCaller: null,
    byCallee: { spans: 2, errors, p50: 3, p95: 5, p99: 5, max: 5 },
  });
  const metrics = (operations, all) => ({ from: 0n, to: 0n, more: false, services: [], operations, calls: all });
  const map = serviceMap(
    metrics([operation("gateway"), operation("users", 3), operation("users"), operation("alone")], [
      calls("gateway", "activities"),
      calls("activities", "users"),
      calls("gateway", "users", 1),
      calls("users", "users", 0, "database"),
    ]),
  );
  assert.deepEqual(
    map.nodes.map((
      { service, column, spans, errors },
    ) => [`${map.peers[service].kind} ${map.peers[service].name}`, column, spans, errors]),
    [
      ["service gateway", 0, 10, 0],
      ["service users", 2, 20, 3],
      ["service alone", 0, 10, 0],
      ["service activities", 1, 0, 0],
      ["database users", 3, 0, 0],
    ],
  );
  assert.equal(map.columns, 4);
  assert.deepEqual(map.edges.map(({ calls, errors }) => [calls, errors]), [[2, 0], [2, 0], [2, 1], [2, 0]]);
  const circle = serviceMap(metrics([], [calls("a", "b"), calls("b", "a")]));
  assert.deepEqual(circle.nodes.map(({ column }) => column), [0, 1]);
  assert.equal(serviceMap(metrics([], [])).nodes.length, 0);
});

test("an unanswered call is compared with its answered counterpart", () => {
  const side = (text) => {
    const trace = traceOf(text);
    return { flame: flameOf(trace, trace.self), services: trace.services };
  };
  const lines = compareTraces(
    side("root 0+100 @a\n  GET 10+20 @a #client\n    serve 12+10 @b #server"),
    side("root 0+100 @a\n  GET 10+50 @a #client !"),
  );
  assert.deepEqual(lines.map(({ name, mine, other }) => [name, mine?.calls ?? 0, other?.calls ?? 0]), [["root", 1, 1], [
    "GET → b",
    1,
    1,
  ], ["serve", 1, 0]]);
});

test("percentages of self time refer to the same total in flame, table and graph", () => {
  const trace = traceOf(`${TREE}\n  late 90+40 @users ^00000000000000aa`);
  const self = trace.self;
  const total = totalSelfTime(trace, self);
  const sum = (items) => items.reduce((all, item) => all + item.self, 0);
  assert.equal(sum(operationsOf(trace, self)), total);
  assert.equal(sum(serviceGraph(trace, self).nodes), total);
  assert.equal(flameOf(trace, self).top.total, total);
});

test("flame, table and graph show what a search found", () => {
  const trace = traceOf(TREE);
  const self = trace.self;
  const found = Uint8Array.from(trace.names, (name, row) => name === "sql" && row === 2 ? 1 : 0);
  assert.deepEqual([...flameOf(trace, self).framesOf(found) ?? []].map(({ name }) => name), ["sql"]);
  assert.equal(flameOf(trace, self).framesOf(null), null);
  const operations = operationsOf(trace, self, found);
  assert.deepEqual(
    operations.map(({ name, found, count }) => `${name} ${found}/${count}`).sort(),
    ["get 0/2", "other 0/1", "root 0/1", "sql 1/2"],
  );
});
