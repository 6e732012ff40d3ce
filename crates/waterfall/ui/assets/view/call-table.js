// Table of the calls between services. In a narrow window each row is a card.

import { formatCount } from "../model/duration.js";
import { isFailing } from "../model/service-calls.js";
import { el } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/service-calls.js").ServiceEdge} ServiceEdge */
/** @typedef {{ text: string, failed?: boolean, title?: string }} CallCell */
/**
 * `isText` if it holds words rather than a number.
 * @typedef {{ head: string, title?: string, isText?: boolean, cell: (edge: ServiceEdge) => CallCell }} CallColumn
 */

/** Maximum number of rows. */
const MAX_CALLS = 500;

/**
 * @param {readonly ServiceEdge[]} edges
 * @param {(service: number) => { name: string, short: string }} nameOf
 * @param {readonly CallColumn[]} columns beside caller and callee
 */
export function callTable(edges, nameOf, columns) {
  const end = (/** @type {number} */ service) => {
    const { name, short } = nameOf(service);
    const title = short === name ? null : name;
    return el(
      "span",
      { class: `table-service ${colorClass(name)}`, title },
      el("span", { class: "dot" }),
      el("span", { class: "service-name" }, short),
    );
  };
  const shown = [...edges]
    .sort((a, b) => Number(isFailing(b)) - Number(isFailing(a)) || b.errors - a.errors || b.calls - a.calls)
    .slice(0, MAX_CALLS);
  return el(
    "div",
    { class: "graph-calls-table" },
    el(
      "table",
      { class: "operations stacking" },
      el("caption", { class: "off-screen" }, "Calls between services; those that fail first"),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, "Caller"),
          el("th", { scope: "col" }, "Callee"),
          ...columns.map(({ head, title, isText }) =>
            el("th", { scope: "col", class: styleOf(isText), title: title ?? null }, head)
          ),
        ),
      ),
      el(
        "tbody",
        {},
        ...shown.map((edge) =>
          el(
            "tr",
            {},
            el("td", { class: "stack-head" }, end(edge.from)),
            el("td", { class: "stack-head callee" }, end(edge.to)),
            ...columns.map(({ head, isText, cell }) => {
              const { text, failed, title } = cell(edge);
              return el(
                "td",
                {
                  class: `${styleOf(isText)}${failed ? " failed" : ""}`,
                  "data-head": isText ? null : head,
                  title: title ?? null,
                },
                text,
              );
            }),
          )
        ),
      ),
    ),
    edges.length > MAX_CALLS
      ? el(
        "p",
        { class: "muted table-rest" },
        `The first ${formatCount(MAX_CALLS)} of ${formatCount(edges.length)} pairs.`,
      )
      : null,
  );
}

/** @param {boolean | undefined} isText */
function styleOf(isText) {
  return isText ? "call-words" : "number";
}
