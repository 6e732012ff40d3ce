// The calls of an edge in a trace's graph: both sides' times, calls that were given up, calls that were not waited for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { callLabel, callSides } from "../assets/model/call-label.js";
import { serviceGraph } from "../assets/model/service-graph.js";
import { traceOf } from "./support.js";

/** @param {string} text @param {object} [more] */
function only(text, more) {
  const trace = traceOf(text, more);
  return serviceGraph(trace, trace.self).edges[0];
}

test("a call has the time that its caller waited; both sides are told apart", () => {
  const edge = only("GET 0+400 @portal #client\n  serve 240+22 @accounts #server");
  assert.deepEqual(callLabel(edge), ["1 call · 400 ns"]);
  assert.deepEqual(callSides(edge), ["caller waited 400 ns, callee worked 22 ns"]);
});

test("without a span of the caller, a call has the callee's time, and says so", () => {
  const edge = only("request 0+400 @portal #server\n  serve 240+22 @accounts #server");
  assert.deepEqual(callLabel(edge), ["1 call · callee 22 ns"]);
  assert.deepEqual(callSides(edge), ["caller has no span of the call, callee worked 22 ns"]);
});

test("where the caller has a span of some calls only, its time is that of these", () => {
  const edge = only(`
request 0+400 @portal #server
  GET 10+100 @portal #client
    serve 20+30 @accounts #server
  serve 200+50 @accounts #server`);
  assert.deepEqual(callLabel(edge), ["2 calls · 100 ns"]);
  assert.deepEqual(callSides(edge), ["caller waited 100 ns in 1 of 2 calls, callee worked avg 40 ns"]);
});

test("of several calls the longest is named", () => {
  const edge = only(`
request 0+600 @planner #server
  list 10+22 @planner #client
    list 11+20 @carriers #server
  price 40+502 @planner #client
    price 41+500 @carriers #server`);
  assert.deepEqual(callLabel(edge), ["2 calls · avg 262 ns"]);
  assert.deepEqual(callSides(edge), ["caller waited avg 262 ns (longest 502 ns), callee worked avg 260 ns"]);
});

test("several servers below one client span share it: none of them has it as its own time", () => {
  const edge = only("GET 0+100 @portal #client\n  serve 10+20 @accounts #server\n  serve 50+40 @accounts #server");
  assert.deepEqual(callLabel(edge), ["2 calls · callee avg 30 ns"]);
});

test("a call that was given up has the time that its caller waited, not that of its callee", () => {
  const edge = only(
    `
GET 0+1000 @gateway
  GET 10+852 @gateway #client !
    serve 1500+2 @users #server &
  GET 900+50 @gateway #client
    serve 910+30 @users #server`,
    { given_up: [{ client: 1, server: 2, waited: 852, began: 1490, ended: 1492 }] },
  );
  assert.deepEqual(callLabel(edge), ["1 call · 50 ns", "1 call given up after 852 ns"]);
  assert.deepEqual(callSides(edge), [
    "caller waited 50 ns, callee worked 30 ns",
    "caller gave up after 852 ns, callee worked 2 ns",
  ]);
});

test("a call that was given up, and whose error was handled, says so", () => {
  const given_up = [{ client: 1, server: 2, waited: 50, began: 90, ended: 95 }];
  const edge = only("GET 0+99 @a\n  GET 0+50 @a #client !handled\n    serve 90+5 @b #server &", { given_up });
  assert.deepEqual(callLabel(edge), ["1 call given up after 50 ns", "1 handled"]);
});

test("an asynchronous call has the callee's time, which the caller did not wait for", () => {
  const edge = only("send 0+3 @shop #producer\n  take 50+9 @mailer #consumer &", {
    queue_waits: [{ producer: 0, consumer: 1, wait: 47 }],
  });
  assert.deepEqual(callLabel(edge), ["1 async call · 9 ns", "47 ns in the queue"]);
  assert.deepEqual(callSides(edge), ["caller did not wait, callee worked 9 ns"]);
});
