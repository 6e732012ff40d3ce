// Errors that did not reach the root are counted apart, and called what they are, in every view.

import assert from "node:assert/strict";
import { test } from "node:test";
import { callLabel } from "../assets/model/call-label.js";
import { errorsOf, errorsText, reachedErrors, unreachedText } from "../assets/model/error-outcome.js";
import { flameOf } from "../assets/model/flame.js";
import { frameLabel, frameLines } from "../assets/model/frame-text.js";
import { operationsOf } from "../assets/model/operation-stats.js";
import { isFailing, isNotable, tellingSpan } from "../assets/model/service-calls.js";
import { serviceGraph } from "../assets/model/service-graph.js";
import { traceOf } from "./support.js";

/** A call that failed and was handled, one that failed the request, and one that nobody waited for. */
const TREE = `
request 0+100 @shop #server !
  find 5+20 @shop #client !handled
    find 6+10 @codes #server !handled
  update 30+60 @shop #client !
    update 31+50 @stock #server !
      read 40+5 @stock #client !handled
      write 50+30 @stock #client !cause*1
  send 92+2 @shop #producer
    mail 200+9 @mailer #consumer & !background`;

test("the words for errors tell the handled from the others", () => {
  const texts = (/** @type {number} */ errors, handled = 0, background = 0) => {
    const counts = { errors, handled, background };
    return [errorsText(counts), unreachedText(counts), reachedErrors(counts)];
  };
  assert.deepEqual(texts(0), ["", "", 0]);
  assert.deepEqual(texts(3), ["3 errors", "", 3]);
  assert.deepEqual(texts(3, 1), ["3 errors, 1 handled", "1 handled", 2]);
  assert.deepEqual(texts(2, 2), ["2 errors, handled", "2 handled", 0]);
  assert.deepEqual(texts(1, 0, 1), ["1 error, in the background", "1 in the background", 0]);
  assert.deepEqual(texts(4, 2, 1), ["4 errors, 2 handled, 1 in the background", "2 handled, 1 in the background", 1]);
});

test("flame, table and graph count handled errors apart", () => {
  const trace = traceOf(TREE);
  assert.equal(errorsText(errorsOf(trace)), "8 errors, 3 handled, 1 in the background");
  const texts = (/** @type {import("../assets/model/error-outcome.js").ErrorCounts[]} */ all) =>
    all.map(errorsText).filter(Boolean);
  const frames = flameOf(trace, trace.self).levels.flat();
  const [find, mail] = ["find", "mail"].map((name) => frames.find((frame) => frame.operation === name));
  assert.ok(find && mail);
  assert.ok(frameLines(trace, find, 100).includes("1 error, handled"));
  assert.ok(frameLabel(trace, find).includes("1 handled"));
  assert.ok(frameLabel(trace, mail).includes("1 in the background"));
  const each = ["1 error", "1 error, handled", "1 error, in the background"];
  assert.deepEqual(texts(operationsOf(trace, trace.self)).sort(), [0, 0, 0, 0, 1, 1, 1, 2].map((at) => each[at]));
  assert.deepEqual(texts(serviceGraph(trace, trace.self).nodes), [
    "3 errors, 1 handled",
    "1 error, handled",
    "3 errors, 1 handled",
    "1 error, in the background",
  ]);
});

test("an edge is red only if an error crosses it that reached the root", () => {
  const trace = traceOf(TREE);
  const { edges } = serviceGraph(trace, trace.self);
  const said = edges.map((edge) => [trace.services[edge.to], isFailing(edge), isNotable(edge), callLabel(edge).at(-1)]);
  assert.deepEqual(said, [
    ["codes", false, true, "1 error, handled"],
    ["stock", true, true, "1 error"],
    ["mailer", false, true, "1 error, in the background"],
  ]);
});

test("of an edge with errors, the span to look at is the one whose error reached the root", () => {
  const trace = traceOf(`
request 0+100 @shop #server !
  get 5+20 @shop #client !handled
    get 6+10 @codes #server !handled
  get 30+60 @shop #client !cause*1
    get 31+50 @codes #server`);
  const [edge] = serviceGraph(trace, trace.self).edges;
  assert.equal(tellingSpan(trace, edge), 3, "the caller's, as the callee's is well");
  assert.deepEqual(callLabel(edge), ["2 calls · avg 40 ns", "2 errors, 1 handled"]);
  const well = traceOf(`
request 0+100 @shop #server
  get 5+20 @shop #client
    get 6+10 @codes #server
  get 30+60 @shop #client
    get 31+2 @codes #server`);
  assert.equal(tellingSpan(well, serviceGraph(well, well.self).edges[0]), 3, "the longest call");
});
