// Table of the trace's operations: count, errors, self time, durations.

import { formatCount, formatDuration } from "../model/duration.js";
import { errorsText, reachedErrors, unreachedText } from "../model/error-outcome.js";
import { isSameOperation, operationsOf, sortOperations } from "../model/operation-stats.js";
import { shortNames } from "../model/short-names.js";
import { el, fill, keepFocus } from "./dom.js";
import { operationNotes, spanLink } from "./operation-notes.js";
import { colorClass } from "./service-color.js";
import { formatShare, shareOfSelfTime, totalSelfTime } from "../model/share.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/operation-stats.js").Operation} Operation */
/** @typedef {import("../model/operation-stats.js").OperationKey} OperationKey */

/** Maximum number of rows. */
const MAX_SHOWN = 500;

/** @type {readonly ["total" | "median" | "p95" | "max", string][]} */
const DURATIONS = [
  ["total", "Sum of durations"],
  ["median", "p50 duration"],
  ["p95", "p95 duration"],
  ["max", "Longest"],
];

/** @type {readonly [OperationKey, string, string][]} */
const COLUMNS = [
  ["service", "Service", ""],
  ["name", "Operation", ""],
  ["kind", "Kind", ""],
  ["count", "Spans", "number"],
  ["errors", "Errors", "number"],
  ["self", "Self time, % of all", "number wide"],
  ["maxSelf", "Max self time", "number"],
  ["queued", "Longest in the queue", "number"],
  ...DURATIONS.map(([key, label]) => /** @type {[OperationKey, string, string]} */ ([key, label, "number"])),
];

const WORDS = new Set(["service", "name", "kind"]);

/** @typedef {(service: string, operation: Operation) => void} FindOperation */

export class TableView {
  /**
   * @param {TraceScreen} screen
   * @param {FindOperation} find shows the spans of an operation
   * @param {(row: number) => void} open
   */
  constructor(screen, find, open) {
    this.screen = screen;
    this.find = find;
    this.open = open;
    /** @type {OperationKey} */
    this.key = "self";
    this.descending = true;
    this.element = el("div", { class: "table-view", tabindex: "0", role: "region", "aria-label": "Table" });
  }

  show() {
    const { trace, self, search } = this.screen;
    const all = operationsOf(trace, self, search.found);
    const operations = sortOperations(all, this.key, this.descending, trace.services);
    const totalSelf = totalSelfTime(trace, self);
    const hasQueue = operations.some(({ queued }) => queued > 0);
    const columns = COLUMNS.filter(([key]) => key !== "queued" || hasQueue);
    const most = operations.reduce((max, operation) => Math.max(max, operation.self), 0);
    const parts = [
      el(
        "table",
        { class: "operations stacking sortable trace-operations" },
        el("caption", { class: "off-screen" }, "Operations of the trace"),
        el("thead", {}, el("tr", {}, ...columns.map(([key, label, style]) => this.#head(key, label, style)))),
        el("tbody", {}, ...operations.slice(0, MAX_SHOWN).map((line) => this.#line(line, totalSelf, most, hasQueue))),
      ),
      operations.length > MAX_SHOWN
        ? el(
          "p",
          { class: "muted table-rest" },
          `The first ${formatCount(MAX_SHOWN)} of ${formatCount(operations.length)} operations.`,
        )
        : null,
    ];
    keepFocus(this.element, () => fill(this.element, ...parts));
  }

  /**
   * @param {OperationKey} key
   * @param {string} label
   * @param {string} style
   */
  #head(key, label, style) {
    const sorted = key === this.key;
    const button = el("button", { type: "button" }, label, sorted ? (this.descending ? " ↓" : " ↑") : "");
    button.addEventListener("click", () => {
      this.descending = sorted ? !this.descending : !WORDS.has(key);
      this.key = key;
      this.show();
    });
    return el("th", {
      scope: "col",
      class: style,
      "aria-sort": sorted ? (this.descending ? "descending" : "ascending") : null,
    }, button);
  }

  /**
   * @param {Operation} operation
   * @param {number} totalSelf
   * @param {number} most
   * @param {boolean} hasQueue
   */
  #line(operation, totalSelf, most, hasQueue) {
    const { trace, selected } = this.screen;
    const short = shortNames(trace);
    const service = trace.services[operation.service] ?? "";
    const bar = el("i");
    bar.style.setProperty("width", `${most > 0 ? (operation.self / most) * 100 : 0}%`);
    const name = el(
      "button",
      { type: "button", class: "operation-link", title: `${operation.name}\nShow its spans in the waterfall` },
      short.span(operation.name) || "(no name)",
    );
    name.addEventListener("click", () => this.find(service, operation));
    const isSelected = selected >= 0 && isSameOperation(trace, selected, operation.maxSelfRow);
    const line = el(
      "tr",
      {
        class: `${colorClass(service)}${operation.found > 0 ? "" : " dimmed"}${isSelected ? " selected" : ""}`,
        title: `${service}\n${operation.name}\nOpen its span with the most self time`,
      },
      el(
        "td",
        { class: "stack-head" },
        el(
          "span",
          { class: "table-service" },
          el("span", { class: "dot" }),
          el("span", { class: "service-name", title: service }, short.service(service)),
        ),
      ),
      el("td", { class: "operation-cell stack-head" }, name, ...operationNotes(trace, operation, this.open)),
      el("td", { class: "muted kind-cell" }, operation.kind),
      el(
        "td",
        { class: "number", "data-head": "Spans" },
        operation.found < operation.count
          ? `${formatCount(operation.found)} of ${formatCount(operation.count)}`
          : formatCount(operation.count),
      ),
      errorCell(operation),
      el(
        "td",
        { class: "number wide", "data-head": "Self time, % of all" },
        el(
          "span",
          { class: "self-cell" },
          el("span", { class: "self-track" }, bar),
          el("span", {}, formatDuration(operation.self)),
          el(
            "span",
            { class: "muted", title: shareOfSelfTime(operation.self, totalSelf) },
            formatShare(operation.self, totalSelf),
          ),
        ),
      ),
      el(
        "td",
        { class: "number", "data-head": "Max self time" },
        spanLink(trace, operation.maxSelfRow, formatDuration(operation.maxSelf), this.open),
      ),
      hasQueue
        ? numberCell("Longest in the queue", operation.queued > 0 ? formatDuration(operation.queued) : "–")
        : null,
      ...DURATIONS.map(([key, head]) => numberCell(head, formatDuration(operation[key]))),
    );
    line.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("button")) return;
      this.open(operation.maxSelfRow);
    });
    return line;
  }

  /** Marks the row of the selected span, and scrolls it into view. */
  reveal() {
    this.show();
    this.element.querySelector("tr.selected")?.scrollIntoView({ block: "nearest" });
  }
}

/**
 * @param {string} head for narrow windows, in which a row is a card
 * @param {string} text
 */
function numberCell(head, text) {
  return el("td", { class: "number", "data-head": head }, text);
}

/**
 * The errors that reached the root, and the others quietly.
 * @param {Operation} operation
 */
function errorCell(operation) {
  const [reached, unreached] = [reachedErrors(operation), unreachedText(operation)];
  return el(
    "td",
    { class: "number error-counts", "data-head": "Errors", title: errorsText(operation) || null },
    operation.errors === 0 ? el("span", { class: "muted" }, "–") : null,
    reached > 0 ? el("span", { class: "failed" }, formatCount(reached)) : null,
    unreached ? el("span", { class: "badge unreached" }, unreached) : null,
  );
}
