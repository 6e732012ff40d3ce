// Every operation that the server keeps: how often, how often wrong, how long; and which service calls which.

import { formatCount, formatDuration, formatShare, plural } from "../model/duration.js";
import { serviceMap } from "../model/service-graph.js";
import { readFigures } from "../model/standing.js";
import { getFigures } from "../net/api.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";
import { drawServices } from "./service-picture.js";

/** @typedef {import("../model/standing.js").OperationFigures} OperationFigures */
/** @typedef {keyof OperationFigures} FigureKey */

const MOST_SHOWN = 500;

/** @type {readonly [FigureKey, string, string][]} */
const COLUMNS = [
  ["service", "Service", ""],
  ["name", "Operation", ""],
  ["kind", "Kind", ""],
  ["spans", "Spans", "number"],
  ["errors", "Errors", "number"],
  ["p50", "p50", "number"],
  ["p95", "p95", "number"],
  ["p99", "p99", "number"],
  ["max", "Slowest", "number"],
];

export class ServicesView {
  /**
   * @param {HTMLElement} element
   * @param {(query: string) => void} find shows the traces of a service or operation
   */
  constructor(element, find) {
    this.element = element;
    this.find = find;
    this.map = el("div", { class: "graph-view services-map", "aria-label": "Which service calls which" });
    this.table = el("div", { class: "table-view services-table" });
    this.note = el("p", { class: "muted graph-note", role: "status" });
    element.append(this.note, this.map, this.table);
    /** @type {FigureKey} */
    this.key = "p95";
    this.descending = true;
    /** @type {import("../model/standing.js").ServiceFigures} */
    this.figures = { operations: [], calls: [] };
  }

  /** Asks the server, and shows what it says. */
  async load() {
    try {
      this.figures = readFigures(await getFigures());
      this.note.textContent = this.figures.operations.length === 0 ? "No spans yet. The figures come with the first trace." : "";
      this.note.hidden = this.figures.operations.length > 0;
      this.#draw();
    } catch {
      this.note.hidden = false;
      this.note.textContent = "The figures could not be loaded.";
    }
  }

  /** Asks again, unless the reader is at it: what is pointed at or in focus stays. */
  refresh() {
    if (!this.element.matches(":hover") && !this.element.contains(document.activeElement)) void this.load();
  }

  #draw() {
    const { operations } = this.figures;
    this.map.hidden = operations.length === 0;
    const map = serviceMap(this.figures);
    const spans = map.nodes.reduce((sum, node) => sum + node.spans, 0);
    drawServices(this.map, map, {
      name: ({ service }) => map.services[service] ?? "",
      figures: (node) => `${plural(node.spans, "span")} · ${formatShare(node.errors, node.spans)} in error`,
      share: (node) => (spans > 0 ? node.spans / spans : 0),
      edge: ({ calls, errors }) => `${plural(calls, "call")}${errors > 0 ? ` · ${plural(errors, "error")}` : ""}`,
      open: (service) => this.find(`service=${quoted(service)}`),
    });
    this.#drawTable();
  }

  #drawTable() {
    const sign = this.descending ? -1 : 1;
    const sorted = [...this.figures.operations].sort((a, b) => (a[this.key] < b[this.key] ? -sign : a[this.key] > b[this.key] ? sign : 0));
    const scale = { low: sorted.reduce((least, { p50 }) => Math.min(least, p50), Infinity), high: sorted.reduce((most, { max }) => Math.max(most, max), 1) };
    fill(
      this.table,
      el(
        "table",
        { class: "operations" },
        el("caption", { class: "off-screen" }, "Operations"),
        el("thead", {}, el("tr", {}, ...COLUMNS.map((column) => this.#head(column)), el("th", { scope: "col", class: "range-cell" }, "p50 to slowest"))),
        el("tbody", {}, ...sorted.slice(0, MOST_SHOWN).map((operation) => this.#line(operation, scale))),
      ),
    );
  }

  /** @param {[FigureKey, string, string]} column */
  #head([key, label, style]) {
    const sorted = key === this.key;
    const button = el("button", { type: "button" }, label, sorted ? (this.descending ? " ↓" : " ↑") : "");
    button.addEventListener("click", () => {
      this.descending = sorted ? !this.descending : key !== "service" && key !== "name" && key !== "kind";
      this.key = key;
      this.#drawTable();
    });
    return el("th", { scope: "col", class: style, "aria-sort": sorted ? (this.descending ? "descending" : "ascending") : null }, button);
  }

  /**
   * @param {OperationFigures} operation
   * @param {{ low: number, high: number }} scale
   */
  #line(operation, scale) {
    const { service, name, kind, spans, errors } = operation;
    const link = el("button", { type: "button", class: "operation-link", title: "Show its traces" }, name || "(no name)");
    link.addEventListener("click", () => this.find(`service=${quoted(service)} name=${quoted(name)}`));
    return el(
      "tr",
      { class: colorClass(service) },
      el("td", {}, el("span", { class: "table-service" }, el("span", { class: "dot" }), service)),
      el("td", { class: "operation-cell" }, link),
      el("td", { class: "muted" }, kind),
      el("td", { class: "number" }, formatCount(spans)),
      el("td", { class: errors > 0 ? "number failed" : "number muted" }, errors > 0 ? `${formatCount(errors)} (${formatShare(errors, spans)})` : "–"),
      ...[operation.p50, operation.p95, operation.p99, operation.max].map((nanos) => el("td", { class: "number" }, formatDuration(nanos))),
      el("td", { class: "range-cell" }, range(operation, scale)),
    );
  }
}

/**
 * From the middle to the slowest, on a scale of orders of magnitude.
 * @param {OperationFigures} operation
 * @param {{ low: number, high: number }} scale
 */
function range({ p50, p95, max }, scale) {
  const low = Math.log10(Math.max(scale.low, 1));
  const stretch = Math.max(Math.log10(Math.max(scale.high, 1)) - low, 0.1);
  const place = (/** @type {number} */ nanos) => Math.max(0, (Math.log10(Math.max(nanos, 1)) - low) / stretch) * 99;
  const tail = el("i", { class: "range-tail" });
  tail.style.setProperty("left", `${place(p50)}%`);
  tail.style.setProperty("width", `${Math.max(0.5, place(max) - place(p50))}%`);
  const usual = el("i", { class: "range-usual" });
  usual.style.setProperty("left", `${place(p50)}%`);
  usual.style.setProperty("width", `${Math.max(0.8, place(p95) - place(p50))}%`);
  return el("span", { class: "range", "aria-hidden": "true" }, tail, usual);
}

/** @param {string} text */
function quoted(text) {
  return `"${text.replaceAll('"', "")}"`;
}
