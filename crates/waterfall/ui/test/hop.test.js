import assert from "node:assert/strict";
import { test } from "node:test";
import { calledService, hopOf } from "../assets/model/hop.js";
import { traceOf } from "./support.js";

test("the two halves of a call are one hop, asked from either, with the network time between", () => {
  const trace = traceOf(`
call 0+100 #client
  serve 20+70 #server
    work 30+10`);
  const hop = { client: 0, server: 1, out: 20, back: 10 };
  assert.deepEqual(hopOf(trace, 0), hop);
  assert.deepEqual(hopOf(trace, 1), hop);
  assert.equal(hopOf(trace, 2), null);
});

test("a call that two servers claim to have answered is no hop", () => {
  const trace = traceOf(`
call 0+100 #client
  serve 20+30 #server
  serve 60+30 #server`);
  assert.equal(hopOf(trace, 0), null);
  assert.equal(hopOf(trace, 1), null);
});

test("a call says whom it reached, where that one answered", () => {
  const trace = traceOf(`
GET 0+100 @gateway #client
  serve 10+50 @users #server
SELECT 0+10 @users #client
work 0+10 @users`);
  assert.deepEqual([0, 1, 2, 3].map((row) => calledService(trace, row)), ["users", "", "", ""]);
});
