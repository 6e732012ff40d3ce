// Traces with a known cause, as services would send them: what the page says about each can be held against the truth.

import {
  dayLong,
  deepChain,
  frozenCallee,
  handledBesideReal,
  latePart,
  longNames,
  longQueue,
  manyAttributes,
  manyEvents,
  retries,
  skewedClocks,
  twoHosts,
} from "./planted-trees.js";

/** @typedef {import("./otlp.js").SpanSpec} SpanSpec */

/**
 * @typedef {object} Planted
 * @property {string} cause what a reader of the page should find
 * @property {SpanSpec[]} parts each sent in a request of its own; the last one of several is late
 * @property {number} [ago] seconds from the start of the trace until now, if not a few
 */

/** In an order that says nothing. @returns {Planted[]} */
export function plantedTraces() {
  const only = (/** @type {SpanSpec} */ root) => [root];
  return [
    {
      cause: "Clocks: host node-b (search) is 350 ms behind node-a. The request took 96 ms; its slowest part is " +
        "search GET /query, 52 ms.",
      parts: only(skewedClocks()),
    },
    {
      cause: "Of 24 siblings one takes 914 ms (the others 17 to 20 ms), and it alone has map.storage.tier=archive " +
        "(the others: standard). tile.x, tile.y and tile.key differ everywhere and say nothing.",
      parts: only(manyAttributes()),
    },
    {
      cause: "The root fails because UPDATE stock in warehouse hit a deadlock. The 404 of promotions (earlier and " +
        "deeper in the tree) was handled: pricing answered 200.",
      parts: only(handledBesideReal()),
    },
    {
      cause: "The message waited 45 s in the queue `receipts` between orders (sent at 14 to 17 ms) and mailer. " +
        "Nothing ran for 44.996 s; the work itself took 21 ms and 112 ms.",
      parts: only(longQueue()),
      ago: 50,
    },
    {
      cause: "Span `resolve` on level 217 of 300 (node.level=217) itself takes 412 of 748 ms; every other one about " +
        "1 ms.",
      parts: only(deepChain()),
    },
    {
      cause: "payments was stopped (or could not accept): checkout gave up after 852 ms, and payments began to serve " +
        "the call 1.49 s after it was made, 638 ms after the caller had gone, and then charged (201). Same host, so " +
        "no skew, and not the network.",
      parts: only(frozenCallee()),
    },
    {
      cause:
        "Carriers' ListPrices (zone) fails after 486 ms: the tariff table for zone 9 is not loaded. It is one of " +
        "two calls to the service whose name ends in `.carriers`; ListCarriers is well.",
      parts: only(longNames()),
    },
    {
      cause: "One cause, three attempts (resend_count 0, 1, 2): inventory gets no connection from its pool within " +
        "250 ms (20 of 20 in use). The two pauses between the attempts are the caller's (50 ms, 152 ms).",
      parts: only(retries()),
    },
    {
      cause: "One span, `match rows`, with 5,000 events (4,999 `lookup`, 1 `segment merge`): lookups one by one take " +
        "1.3 s, and after event 3,112, the merge, there is a pause of 1.2 s.",
      parts: only(manyEvents()),
    },
    {
      cause: "`load west` takes 19 h 40 min of the 24 h. In the list the trace stands beside traces of microseconds.",
      parts: only(dayLong()),
      ago: 24 * 3_600 + 30,
    },
    {
      cause: "The call to accounts takes 300 ms, accounts itself 22 ms: 240 ms pass before accounts begins, 38 ms " +
        "after it ends. Neither span covers them, so it may be the network, a connection that had to be made or a " +
        "queue; nobody can tell from the trace. The clocks of the two hosts agree.",
      parts: only(twoHosts()),
    },
    {
      cause: "The renderer's call to fonts takes 2.24 of 2.59 s. The renderer's spans arrive late, and the span of " +
        "scheduler between reports and renderer is lost (a parent within the system is missing).",
      parts: latePart(),
    },
  ];
}
