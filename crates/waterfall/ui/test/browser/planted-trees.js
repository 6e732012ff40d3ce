// The spans of the traces in planted.js. Names and attributes do not give the cause away.

import { randomId } from "./otlp.js";

/** @typedef {import("./otlp.js").SpanSpec} SpanSpec */
/** @typedef {SpanSpec["attributes"]} Attributes */

const MS = 1_000;
const SECOND = 1_000 * MS;
const HOUR = 3_600 * SECOND;

/** Processes on the same host share a clock. @type {Record<string, string>} */
const HOST_A = { "host.id": "6f1c9a52e0b74d38a1f7", "host.name": "node-a" };
const HOST_B = { "host.id": "b8e2407d5c3349ce9d06", "host.name": "node-b" };

/**
 * @param {string} service
 * @param {SpanSpec["kind"]} kind
 * @param {string} name
 * @param {[at: number, lasts: number]} time microseconds
 * @param {Partial<SpanSpec>} [rest]
 * @returns {SpanSpec}
 */
function span(service, kind, name, [at, lasts], rest = {}) {
  return { service, name, kind, at, lasts, ...rest };
}

/** @param {string} method @param {string} route @param {number} status @returns {Attributes} */
function served(method, route, status) {
  return { "http.request.method": method, "http.route": route, "http.response.status_code": status };
}

/** @param {string} method @param {string} host @param {string} path @param {number} [status] @returns {Attributes} */
function called(method, host, path, status) {
  return {
    "http.request.method": method,
    "url.full": `http://${host}${path}`,
    "server.address": host,
    ...(status === undefined ? {} : { "http.response.status_code": status }),
  };
}

/** @param {string} type @param {string} message @param {number} at @returns {SpanSpec["events"]} */
function thrown(type, message, at) {
  return [{ name: "exception", at, attributes: { "exception.type": type, "exception.message": message } }];
}

/** The answer is an error of the warehouse; a promotion that was not found is earlier, deeper and handled. */
export function handledBesideReal() {
  const deadlock = "deadlock detected: process 4121 waits for ShareLock on transaction 9913";
  return span("shop", "server", "POST /orders", [0, 184 * MS], {
    attributes: served("POST", "/orders", 500),
    error: "warehouse answered 500",
    children: [
      span("shop", "internal", "price order", [2 * MS, 48 * MS], {
        children: [span("shop", "client", "GET", [3 * MS, 40 * MS], {
          attributes: called("GET", "pricing", "/quote", 200),
          children: [span("pricing", "server", "GET /quote", [5 * MS, 36 * MS], {
            attributes: served("GET", "/quote", 200),
            children: [span("pricing", "client", "GET", [9 * MS, 14 * MS], {
              attributes: called("GET", "promotions", "/codes/SPRING", 404),
              error: "404 Not Found",
              children: [span("promotions", "server", "GET /codes/{code}", [11 * MS, 10 * MS], {
                attributes: served("GET", "/codes/{code}", 404),
                children: [span("promotions", "client", "SELECT codes", [12 * MS, 7 * MS], {
                  attributes: { "db.system.name": "postgresql", "db.operation.name": "SELECT" },
                  error: "no rows returned by a query that expected one",
                })],
              })],
            })],
          })],
        })],
      }),
      span("shop", "client", "POST", [52 * MS, 128 * MS], {
        attributes: called("POST", "warehouse", "/reservations", 500),
        error: "500 Internal Server Error",
        children: [span("warehouse", "server", "POST /reservations", [55 * MS, 121 * MS], {
          attributes: served("POST", "/reservations", 500),
          error: deadlock,
          children: [
            span("warehouse", "client", "UPDATE stock", [60 * MS, 112 * MS], {
              attributes: { "db.system.name": "postgresql", "db.operation.name": "UPDATE" },
              error: deadlock,
              events: thrown("DeadlockDetected", deadlock, 171 * MS),
            }),
          ],
        })],
      }),
    ],
  });
}

/** Three attempts of one call fail for the same reason. */
export function retries() {
  const reason = "no connection within 250 ms: 20 of 20 in use";
  const attempt = (/** @type {number} */ n) => {
    const at = [4, 312, 722][n] * MS;
    return span("storefront", "client", "GET", [at, 258 * MS], {
      attributes: { ...called("GET", "inventory", "/items/77", 503), "http.request.resend_count": n },
      error: "503 Service Unavailable",
      children: [span("inventory", "server", "GET /items/{id}", [at + 2 * MS, 253 * MS], {
        attributes: served("GET", "/items/{id}", 503),
        error: reason,
        children: [
          span("inventory", "internal", "acquire", [at + 2 * MS, 251 * MS], {
            error: reason,
            events: thrown("PoolTimeout", reason, at + 252 * MS),
          }),
        ],
      })],
    });
  };
  return span("storefront", "server", "GET /items/{id}", [0, 984 * MS], {
    attributes: served("GET", "/items/{id}", 502),
    error: "inventory is not available",
    children: [attempt(0), attempt(1), attempt(2)],
  });
}

/** The caller gives up after 852 ms; the callee begins 1.49 s after the call, on the same machine. */
export function frozenCallee() {
  return span("checkout", "server", "POST /checkout", [0, 861 * MS], {
    resource: HOST_A,
    attributes: served("POST", "/checkout", 504),
    error: "payments did not answer",
    children: [span("checkout", "client", "POST", [5 * MS, 852 * MS], {
      resource: HOST_A,
      attributes: { ...called("POST", "payments", "/charges"), "error.type": "timeout" },
      error: "deadline of 850 ms exceeded",
      children: [span("payments", "server", "POST /charges", [1_495 * MS, 4 * MS], {
        resource: HOST_A,
        attributes: served("POST", "/charges", 201),
        children: [span("payments", "client", "INSERT charges", [1_496 * MS, 2 * MS], {
          resource: HOST_A,
          attributes: { "db.system.name": "postgresql", "db.operation.name": "INSERT" },
        })],
      })],
    })],
  });
}

/** 45 s between a message and the worker that takes it. */
export function longQueue() {
  const message = { "messaging.system": "rabbitmq", "messaging.destination.name": "receipts" };
  return span("orders", "server", "POST /orders/{id}/confirm", [0, 21 * MS], {
    attributes: served("POST", "/orders/{id}/confirm", 202),
    children: [span("orders", "producer", "send receipts", [14 * MS, 3 * MS], {
      attributes: { ...message, "messaging.operation.type": "send" },
      children: [span("mailer", "consumer", "process receipts", [45_017 * MS, 112 * MS], {
        attributes: { ...message, "messaging.operation.type": "process" },
        children: [
          span("mailer", "internal", "render", [45_019 * MS, 22 * MS]),
          span("mailer", "client", "POST", [45_044 * MS, 80 * MS], {
            attributes: called("POST", "smtp-relay", "/send", 202),
          }),
        ],
      })],
    })],
  });
}

/** The second host's clock is 350 ms behind; the request took 96 ms. */
export function skewedClocks() {
  const behind = -350 * MS;
  const call = (/** @type {number} */ at, /** @type {number} */ lasts, /** @type {string} */ route) =>
    span("edge", "client", "GET", [at, lasts], {
      resource: HOST_A,
      attributes: called("GET", "search", route, 200),
      children: [span("search", "server", `GET ${route}`, [at + MS + behind, lasts - 2 * MS], {
        resource: HOST_B,
        attributes: served("GET", route, 200),
        children: [span("search", "internal", "score", [at + 3 * MS + behind, lasts - 8 * MS], { resource: HOST_B })],
      })],
    });
  return span("edge", "server", "GET /find", [0, 96 * MS], {
    resource: HOST_A,
    attributes: served("GET", "/find", 200),
    children: [call(3 * MS, 31 * MS, "/suggest"), call(36 * MS, 54 * MS, "/query")],
  });
}

/** Two hosts with good clocks: 240 of the call's 300 ms pass before the callee begins. */
export function twoHosts() {
  return span("portal", "server", "GET /profile", [0, 309 * MS], {
    resource: HOST_A,
    attributes: served("GET", "/profile", 200),
    children: [span("portal", "client", "GET", [4 * MS, 300 * MS], {
      resource: HOST_A,
      attributes: called("GET", "accounts", "/accounts/12", 200),
      children: [span("accounts", "server", "GET /accounts/{id}", [244 * MS, 22 * MS], {
        resource: HOST_B,
        attributes: served("GET", "/accounts/{id}", 200),
        children: [span("accounts", "client", "SELECT accounts", [247 * MS, 16 * MS], {
          resource: HOST_B,
          attributes: { "db.system.name": "mysql", "db.operation.name": "SELECT" },
        })],
      })],
    })],
  });
}

/** 5,000 lookups in one span, with a pause of 1.2 s after number 3,112. */
export function manyEvents() {
  const events = Array.from({ length: 5_000 }, (_, n) => ({
    name: n === 3_111 ? "segment merge" : "lookup",
    at: 20 * MS + n * 260 + (n > 3_111 ? 1_200 * MS : 0),
    attributes: { "row.number": n + 1 },
  }));
  return span("importer", "server", "PUT /catalogue", [0, 2_580 * MS], {
    attributes: served("PUT", "/catalogue", 204),
    children: [
      span("importer", "internal", "read file", [2 * MS, 15 * MS]),
      span("importer", "internal", "match rows", [18 * MS, 2_540 * MS], { events }),
    ],
  });
}

/** A chain of 300 spans, in which number 217 itself takes 412 of 748 ms. */
export function deepChain() {
  const depth = 300;
  const slow = 217;
  const before = 412 * MS;
  const step = 560;
  const total = depth * 2 * step + before;
  /** @type {SpanSpec | null} */
  let child = null;
  for (let level = depth; level >= 1; level -= 1) {
    const at = (level - 1) * step + (level > slow ? before : 0);
    const end = total - (level - 1) * step;
    child = span(level % 40 === 0 ? "resolver" : "catalog", level === 1 ? "server" : "internal", "resolve", [
      at,
      end - at,
    ], {
      attributes: { "node.path": `/tree/${(level * 7919) % 1000}`, "node.level": level },
      children: child === null ? [] : [child],
    });
  }
  return /** @type {SpanSpec} */ (child);
}

/** 24 hours, of which one step takes 19 h 40 min. */
export function dayLong() {
  const step = (/** @type {string} */ name, /** @type {number} */ from, /** @type {number} */ to) =>
    span("ledger", "internal", name, [from * HOUR, (to - from) * HOUR], { attributes: { "batch.rows": 48_211 } });
  return span("ledger", "internal", "reconcile", [0, 24 * HOUR], {
    children: [
      step("load north", 0.001, 1.1),
      step("load south", 1.1, 2.3),
      step("load west", 2.3, 21.97),
      step("load east", 21.97, 23.2),
      step("write balance", 23.2, 23.999),
    ],
  });
}

/** A trace of some microseconds. @param {number} n @returns {SpanSpec} */
export function shortTrace(n) {
  return span("ledger", "server", "GET /balance", [0, 3 + ((n * 131) % 900)], {
    attributes: served("GET", "/balance", 200),
  });
}

/** 24 siblings with 200 attributes each; the slow one alone has another value of one of them. */
export function manyAttributes() {
  const tile = (/** @type {number} */ n) => {
    const slow = n === 17;
    /** @type {Record<string, string | number | boolean>} */
    const attributes = {};
    for (let key = 0; key < 196; key += 1) {
      const group = ["render", "cache", "region", "client"][key % 4];
      attributes[`map.${group}.option_${String(key).padStart(3, "0")}`] = key % 3 === 0 ? key * 10 : `value ${key % 7}`;
    }
    attributes["tile.x"] = n % 6;
    attributes["tile.y"] = Math.floor(n / 6);
    attributes["tile.key"] = randomId(8);
    attributes["map.storage.tier"] = slow ? "archive" : "standard";
    const at = 4 * MS + n * 900;
    return span("tiles", "internal", "draw tile", [at, slow ? 914 * MS : 17 * MS + n * 110], { attributes });
  };
  return span("tiles", "server", "GET /map", [0, 942 * MS], {
    attributes: served("GET", "/map", 200),
    children: Array.from({ length: 24 }, (_, n) => tile(n)),
  });
}

/** Services and operations whose names differ only at the end; one of them is slow and fails. */
export function longNames() {
  const prefix = "com.example.platform.commerce.fulfilment.orchestration";
  const rpc = (/** @type {string} */ name) => `${prefix}.rpc.v1.${name}`;
  const call = (
    /** @type {string} */ service,
    /** @type {string} */ method,
    /** @type {number} */ at,
    /** @type {number} */ lasts,
    /** @type {SpanSpec[]} */ children = [],
    error = /** @type {string | undefined} */ (undefined),
  ) =>
    span(`${prefix}.planner`, "client", rpc(method), [at * MS, lasts * MS], {
      ...(error === undefined ? {} : { error: "UNAVAILABLE" }),
      attributes: { "rpc.system": "grpc", "server.address": service },
      children: [span(`${prefix}.${service}`, "server", rpc(method), [(at + 1) * MS, (lasts - 2) * MS], {
        ...(error === undefined ? {} : { error }),
        attributes: { "rpc.system": "grpc" },
        children,
      })],
    });
  const refused = "tariff table for zone 9 is not loaded";
  return span(`${prefix}.planner`, "server", rpc("PlanService/PlanShipment"), [0, 640 * MS], {
    error: "no carrier has a price",
    attributes: { "rpc.system": "grpc" },
    children: [
      call("allocator", "AllocationService/Allocate", 4, 38),
      call("packer", "PackingService/Pack", 44, 61),
      call("carriers", "CarrierService/ListCarriers", 107, 22),
      call(
        "carriers",
        "CarrierService/ListPrices",
        131,
        502,
        [
          span(`${prefix}.carriers`, "internal", rpc("CarrierService/ListPrices/zone"), [140 * MS, 486 * MS], {
            error: refused,
            events: thrown("TariffMissing", refused, 620 * MS),
          }),
        ],
        refused,
      ),
    ],
  });
}

/** The scheduler's span is lost; what it started arrives late, and contains the slow step. @returns {SpanSpec[]} */
export function latePart() {
  const lost = randomId(8);
  const scheduled = span("reports", "client", "POST", [6 * MS, 2_570 * MS], {
    id: randomId(8),
    attributes: called("POST", "scheduler", "/runs", 200),
  });
  return [
    span("reports", "server", "GET /reports/{id}", [0, 2_590 * MS], {
      attributes: served("GET", "/reports/{id}", 200),
      children: [scheduled],
    }),
    span("renderer", "server", "POST /pages", [31 * MS, 2_520 * MS], {
      parent: lost,
      attributes: served("POST", "/pages", 200),
      children: [
        span("renderer", "internal", "layout", [40 * MS, 130 * MS]),
        span("renderer", "client", "GET", [176 * MS, 2_240 * MS], {
          attributes: called("GET", "fonts", "/families/serif", 200),
        }),
        span("renderer", "internal", "compose", [2_420 * MS, 120 * MS]),
      ],
    }),
  ];
}
