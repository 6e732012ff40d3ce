import assert from "node:assert/strict";
import { test } from "node:test";
import { calledService, remoteCallOf } from "../assets/model/remote-call.js";
import { traceOf } from "./support.js";

test("a remote call is found from its client and its server span, with both delays", () => {
  const trace = traceOf(`
call 0+100 #client
  serve 20+70 #server
    work 30+10`);
  const call = { client: 0, server: 1, requestDelay: 20, responseDelay: 10 };
  assert.deepEqual(remoteCallOf(trace, 0), call);
  assert.deepEqual(remoteCallOf(trace, 1), call);
  assert.equal(remoteCallOf(trace, 2), null);
});

test("a client span with two server spans is not a remote call", () => {
  const trace = traceOf(`
call 0+100 #client
  serve 20+30 #server
  serve 60+30 #server`);
  assert.equal(remoteCallOf(trace, 0), null);
  assert.equal(remoteCallOf(trace, 1), null);
});

test("the called service is named if its span was received", () => {
  const trace = traceOf(`
GET 0+100 @gateway #client
  serve 10+50 @users #server
SELECT 0+10 @users #client
work 0+10 @users`);
  assert.deepEqual([0, 1, 2, 3].map((row) => calledService(trace, row)), ["users", "", "", ""]);
});
