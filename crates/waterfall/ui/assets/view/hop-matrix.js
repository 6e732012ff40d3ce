// Hop matrix: callers by callees, with how often the context arrived. A number leads to the last such call.

import { formatCount } from "../model/duration.js";
import { tracePagePath } from "../net/api.js";
import { el } from "./dom.js";
import { timeText } from "./finding-details.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/doctor.js").Hop} Hop */
/** @typedef {import("../model/doctor.js").Example} Example */

const TITLES = {
  propagated: "propagated: the callee's span is a child of the caller's",
  lost: "lost: the callee's span is in another trace",
  unknown: "unknown: the callee has no span for this call, and nothing tells why",
};

/** @param {{ services: string[], hops: Hop[] }} matrix */
export function hopMatrix({ services, hops }) {
  const byPair = new Map(hops.map((hop) => [JSON.stringify([hop.from, hop.to]), hop]));
  const callers = services.filter((service) => hops.some(({ from }) => from === service));
  const callees = services.filter((service) => hops.some(({ to }) => to === service));
  const row = (/** @type {string} */ from) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, serviceName(from)),
      ...callees.map((to) => cell(byPair.get(JSON.stringify([from, to])))),
    );
  return el(
    "div",
    { class: "hop-matrix", tabindex: "0", role: "region", "aria-label": "Hop matrix" },
    el(
      "table",
      {},
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col", class: "muted" }, "from ↓ to →"),
          ...callees.map((to) => el("th", { scope: "col" }, serviceName(to))),
        ),
      ),
      el("tbody", {}, ...callers.map(row)),
    ),
  );
}

/** @param {string} service */
function serviceName(service) {
  return el(
    "span",
    { class: `table-service ${colorClass(service)}` },
    el("span", { class: "dot" }),
    el("span", { class: "service-name", title: service }, service),
  );
}

/** @param {Hop | undefined} hop */
function cell(hop) {
  if (!hop) return el("td", { class: "no-calls" }, el("span", { class: "muted", "aria-label": "no calls" }, "·"));
  return el(
    "td",
    { class: hop.lost > 0 ? "has-lost" : "" },
    count("propagated", "✓", hop.propagated, hop.good),
    count("lost", "✕", hop.lost, hop.bad),
    count("unknown", "?", hop.unknown, null),
  );
}

/**
 * @param {keyof typeof TITLES} kind
 * @param {string} sign
 * @param {number} number
 * @param {Example | null} example
 */
function count(kind, sign, number, example) {
  if (number === 0) return null;
  const label = `${formatCount(number)} ${TITLES[kind]}`;
  const parts = [el("i", { "aria-hidden": "true" }, sign), formatCount(number)];
  if (!example) return el("span", { class: `hop-count ${kind}`, title: label }, ...parts);
  return el(
    "a",
    {
      class: `hop-count ${kind}`,
      href: tracePagePath(example.traceId, example.spanId),
      title: `${label}. The last at ${timeText(example.time)}`,
    },
    ...parts,
  );
}
