// Traces for the browser tests: the home feed as the services send it, and variants with faults.

import { randomId } from "./otlp.js";

/** @typedef {import("./otlp.js").SpanSpec} SpanSpec */

export const STATEMENT = [
  "SELECT uuid, handle, message, expires_at",
  "FROM activities",
  "WHERE expires_at > ?1",
  "ORDER BY created_at DESC",
  "LIMIT ?2",
].join("\n");

/** The home feed's trace: 11 spans, 3 services, 7 levels. @returns {SpanSpec} */
export function homeFeed() {
  return {
    service: "gateway",
    name: "GET /api/activities/home",
    kind: "server",
    at: 0,
    lasts: 42_300,
    attributes: {
      "http.request.method": "GET",
      "http.route": "/api/activities/home",
      "url.path": "/api/activities/home",
      "url.scheme": "http",
      "http.response.status_code": 200,
      "server.address": "127.0.0.1",
      "user_agent.original": "curl/8.5.0",
    },
    children: [
      {
        service: "gateway",
        name: "GET",
        kind: "client",
        at: 310,
        lasts: 38_400,
        attributes: call("http://127.0.0.1:8081/activities/home", 200),
        children: [{
          service: "activities",
          name: "GET /activities/home",
          kind: "server",
          at: 720,
          lasts: 34_500,
          attributes: {
            "http.request.method": "GET",
            "http.route": "/activities/home",
            "http.response.status_code": 200,
          },
          children: [{
            service: "activities",
            name: "home-activities",
            at: 850,
            lasts: 32_900,
            attributes: { "app.now": "2026-11-22T14:03:07.123456Z", "app.result_length": 3 },
            events: [{ name: "page assembled", at: 33_000, attributes: { "app.authors": 3 } }],
            children: [
              {
                service: "activities",
                name: "SELECT activities",
                kind: "client",
                at: 900,
                lasts: 6_670,
                attributes: statement(
                  "activities",
                  "SELECT",
                  "activities",
                  STATEMENT,
                ),
              },
              {
                service: "activities",
                name: "GET",
                kind: "client",
                at: 7_800,
                lasts: 24_400,
                attributes: call("http://127.0.0.1:8082/users?handles=andrewbrown,worf,garek", 200),
                children: [{
                  service: "users",
                  name: "GET /users",
                  kind: "server",
                  at: 8_150,
                  lasts: 21_200,
                  attributes: {
                    "http.request.method": "GET",
                    "http.route": "/users",
                    "http.response.status_code": 200,
                  },
                  children: [{
                    service: "users",
                    name: "SELECT users",
                    kind: "client",
                    at: 8_400,
                    lasts: 18_900,
                    attributes: statement(
                      "users",
                      "SELECT",
                      "users",
                      "SELECT uuid, handle, display_name FROM users WHERE handle IN (?1, ?2, ?3)",
                    ),
                  }],
                }],
              },
            ],
          }],
        }],
      },
      {
        service: "gateway",
        name: "GET",
        kind: "client",
        at: 330,
        lasts: 2_100,
        attributes: call("http://127.0.0.1:8082/users/andrewbrown", 200),
        children: [{
          service: "users",
          name: "GET /users/{handle}",
          kind: "server",
          at: 700,
          lasts: 1_400,
          attributes: {
            "http.request.method": "GET",
            "http.route": "/users/{handle}",
            "http.response.status_code": 200,
          },
          children: [{
            service: "users",
            name: "SELECT users",
            kind: "client",
            at: 950,
            lasts: 800,
            attributes: statement(
              "users",
              "SELECT",
              "users",
              "SELECT uuid, handle, display_name, bio FROM users WHERE handle = ?1",
            ),
          }],
        }],
      },
    ],
  };
}

/** Its log records. @param {SpanSpec} feed after it was sent @returns {import("./otlp.js").LogSpec[]} */
export function homeLogs(feed) {
  const activities = feed.children[0].children[0];
  return [
    { service: "gateway", span: feed, at: 200, severity: 9, body: "GET /api/activities/home for andrewbrown" },
    {
      service: "activities",
      span: activities.children[0],
      at: 33_100,
      severity: 13,
      body: "one author has no display name\nhandle: garek",
      attributes: { "app.handle": "garek" },
    },
    { service: "activities", span: activities.children[0], at: 1_000, severity: 5, body: "reading the page" },
    { service: "gateway", at: 60_000, severity: 9, body: "written without a span" },
  ];
}

/** A service whose clock is 180 ms behind. @returns {SpanSpec} */
export function skewed() {
  return {
    service: "gateway",
    name: "GET /cart",
    kind: "server",
    at: 0,
    lasts: 50_000,
    children: [
      {
        service: "gateway",
        name: "GET",
        kind: "client",
        at: 2_000,
        lasts: 20_000,
        children: [{
          service: "cart",
          name: "GET /cart",
          kind: "server",
          at: -180_000,
          lasts: 12_000,
          events: [{ name: "looked up", at: -175_000 }],
          children: [{ service: "cart", name: "SELECT cart", kind: "client", at: -178_000, lasts: 8_000 }],
        }],
      },
      {
        service: "gateway",
        name: "GET",
        kind: "client",
        at: 24_000,
        lasts: 22_000,
        children: [{ service: "prices", name: "GET /prices", kind: "server", at: 26_000, lasts: 18_000 }],
      },
    ],
  };
}

/** A notification that is delivered long after its request. @returns {SpanSpec} */
export function delivered() {
  return {
    service: "gateway",
    name: "POST /api/activities",
    kind: "server",
    at: 0,
    lasts: 20_000,
    children: [{
      service: "activities",
      name: "send notifications",
      kind: "producer",
      at: 12_000,
      lasts: 4_000,
      children: [{
        service: "activities",
        name: "process notifications",
        kind: "consumer",
        at: 180_000,
        lasts: 30_000,
      }],
    }],
  };
}

/** The home feed with users down: the first error is the call from activities. @returns {SpanSpec} */
export function usersDown() {
  const root = homeFeed();
  const call = root.children[0];
  const home = call.children[0].children[0];
  const refused = home.children[1];
  refused.children = [];
  refused.error =
    "error sending request for url (http://127.0.0.1:8082/users): tcp connect error: Connection refused (os error 111)";
  refused.events = [{
    name: "exception",
    at: 31_000,
    attributes: {
      "exception.type": "reqwest::Error",
      "exception.message": refused.error,
      "exception.stacktrace": "0: activities::authors::fetch\n1: activities::home::assemble",
    },
  }];
  for (const span of [home, call.children[0], call]) span.error = "users did not answer";
  return root;
}

/** The spans of activities without those of its caller. @param {string} parent @returns {SpanSpec} */
export function withoutCaller(parent) {
  return { ...homeFeed().children[0].children[0], parent };
}

export const HOSTILE = `<img src=x onerror="window.owned=1;document.title='owned'">`;

/** A span with markup in every text field. @returns {SpanSpec} */
export function hostile() {
  return {
    service: `<b onmouseover="window.owned=1">svc</b>`,
    name: HOSTILE,
    kind: "server",
    at: 0,
    lasts: 900,
    error: HOSTILE,
    attributes: { [HOSTILE]: HOSTILE, "url.full": "javascript:window.owned=1" },
    events: [{ name: HOSTILE, at: 100, attributes: { [HOSTILE]: HOSTILE } }],
    links: [{ traceId: randomId(16), spanId: randomId(8), attributes: { [HOSTILE]: HOSTILE } }],
    children: [{
      service: "rtl \u202Eecivres",
      name: `\u202Egnp.exe ${"zalgo\u0301\u0301\u0301 ".repeat(40)}`,
      at: 100,
      lasts: 400,
    }, { service: "empty", name: "", at: 100, lasts: 0 }],
  };
}

/** @param {string} url @param {number} status */
function call(url, status) {
  return {
    "http.request.method": "GET",
    "url.full": url,
    "http.response.status_code": status,
    "server.address": "127.0.0.1",
    "server.port": Number(new URL(url).port),
  };
}

/** @param {string} database @param {string} operation @param {string} table @param {string} text */
function statement(database, operation, table, text) {
  return {
    "db.system.name": "sqlite",
    "db.namespace": database,
    "db.operation.name": operation,
    "db.collection.name": table,
    "db.query.text": text,
    "db.query.summary": `${operation} ${table}`,
  };
}
