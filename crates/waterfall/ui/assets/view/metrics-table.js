// Sortable table of RED metrics, by service or by operation; a name links to its traces.

import { formatCount, formatDuration, plural } from "../model/duration.js";
import { rate, spansWithin } from "../model/metrics.js";
import { COLUMN_CHARS, NARROW_CHARS, ShortNames } from "../model/short-names.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";
import { metricCell, sparklineSvg } from "./sparkline-cell.js";
import { errorsOfSpans, formatShare } from "../model/share.js";

/** @typedef {import("../model/metrics.js").Durations} Durations */
/** @typedef {import("../model/metrics.js").Series} Series */
/**
 * `name` is empty for a whole service; `note` says what is measured of it, if not the requests that it handled.
 * @typedef {Durations & { service: string, name: string, kind: string, series: Series, note?: MeasuredNote }} Line
 */
/** @typedef {import("../model/metrics.js").MeasuredNote} MeasuredNote */
/** @typedef {"service" | "name" | "kind" | "spans" | "errors" | "p50" | "p95" | "p99" | "max"} MetricKey */
/** @typedef {[key: MetricKey, label: string, style: string]} Column */

/** Maximum number of rows. */
const MAX_SHOWN = 500;
const WORDS = new Set(["service", "name", "kind"]);

/** @type {readonly Column[]} */
const METRIC_COLUMNS = [["spans", "Rate", ""], ["errors", "Errors", ""], ["p95", "p95", ""], ["p50", "p50", "number"], [
  "p99",
  "p99",
  "number",
], ["max", "Max", "number"]];

const LAST_COLUMNS = /** @type {const} */ ([["p50", "p50"], ["p99", "p99"], ["max", "Max"]]);

export class MetricsTable {
  /**
   * @param {string} caption
   * @param {readonly Column[]} columns the columns that identify a row
   * @param {MetricKey} key initial sort key
   * @param {(line: Line) => void} find shows the traces of a row
   */
  constructor(caption, columns, key, find) {
    this.caption = caption;
    this.columns = columns;
    this.key = key;
    this.find = find;
    this.descending = !WORDS.has(key);
    /** @type {Line[]} */
    this.lines = [];
    this.time = { from: 0n, to: 0n };
    this.short = new ShortNames([], []);
    this.element = el("div", { class: "table-view services-table" });
  }

  /**
   * @param {Line[]} lines
   * @param {{ from: bigint, to: bigint }} time range of the metrics
   */
  show(lines, time) {
    this.lines = lines;
    const services = lines.map(({ service }) => service);
    const names = [...lines.map(({ name }) => name), ...services];
    this.short = new ShortNames(names, services, NARROW_CHARS, COLUMN_CHARS);
    this.time = time;
    this.#draw();
  }

  #draw() {
    const { key, lines } = this;
    const sign = this.descending ? -1 : 1;
    const value = (/** @type {Line} */ line) => (key === "errors" ? line.errors / Math.max(1, line.spans) : line[key]);
    const sorted = [...lines].sort((a, b) => (value(a) < value(b) ? -sign : value(a) > value(b) ? sign : 0));
    fill(
      this.element,
      el(
        "table",
        { class: "operations stacking sortable" },
        el("caption", { class: "off-screen" }, this.caption),
        el("thead", {}, el("tr", {}, ...[...this.columns, ...METRIC_COLUMNS].map((column) => this.#head(column)))),
        el("tbody", {}, ...sorted.slice(0, MAX_SHOWN).map((line) => this.#line(line))),
      ),
      sorted.length > MAX_SHOWN
        ? el("p", { class: "muted table-rest" }, `${formatCount(sorted.length - MAX_SHOWN)} more`)
        : null,
    );
  }

  /** @param {Column} column */
  #head([key, label, style]) {
    const sorted = key === this.key;
    const button = el("button", { type: "button" }, label, sorted ? (this.descending ? " ↓" : " ↑") : "");
    button.addEventListener("click", () => {
      this.descending = sorted ? !this.descending : !WORDS.has(key);
      this.key = key;
      this.#draw();
      // The table was redrawn: focus the new header button.
      const again = [...this.element.querySelectorAll("th button")].find((head) => head.textContent?.startsWith(label));
      if (again instanceof HTMLElement) again.focus();
    });
    return el("th", {
      scope: "col",
      class: style,
      "aria-sort": sorted ? (this.descending ? "descending" : "ascending") : null,
    }, button);
  }

  /** @param {Line} line */
  #line(line) {
    const { service, name, kind, spans, errors, series, note } = line;
    const named = this.#hasColumn("name");
    const dot = el("span", { class: "dot" });
    const serviceName = el("span", { class: "service-name", title: service }, this.short.service(service));
    const link = el(
      "button",
      { type: "button", class: "operation-link", title: `Show traces of ${named ? name : service}` },
      named ? this.short.span(name) || "(no name)" : this.short.service(service),
    );
    link.addEventListener("click", () => this.find(line));
    const some = spans > 0;
    const perTime = rate(spansWithin(line), this.time);
    const happened = series.spans.map((count) => count > 0);
    return el(
      "tr",
      { class: colorClass(service) },
      el(
        "td",
        { class: "stack-head" },
        el("span", { class: "table-service" }, dot, named ? serviceName : link),
        note ? el("span", { class: "muted measured-note", title: note.title }, note.text) : null,
      ),
      named ? el("td", { class: "operation-cell stack-head" }, link) : null,
      this.#hasColumn("kind") ? el("td", { class: "muted kind-cell" }, kind) : null,
      el(
        "td",
        { "data-head": "Rate" },
        metricCell(
          sparklineSvg("rate", series.spans, null),
          some ? perTime || plural(spans, "span") : "–",
          some && perTime ? plural(spans, "span") : "",
        ),
      ),
      el(
        "td",
        { class: errors > 0 ? "failed" : "", "data-head": "Errors" },
        metricCell(
          sparklineSvg("errors", series.errors, null, Math.max(...series.spans, 1)),
          errors > 0 ? formatShare(errors, spans) : "–",
          errors > 0 ? errorsOfSpans(errors, spans) : "",
        ),
      ),
      el(
        "td",
        { "data-head": "p95" },
        metricCell(sparklineSvg("duration", series.p95, happened), some ? formatDuration(line.p95) : "–"),
      ),
      ...LAST_COLUMNS.map(([key, head]) =>
        el("td", { class: "number", "data-head": head }, some ? formatDuration(line[key]) : "–")
      ),
    );
  }

  /** @param {MetricKey} key */
  #hasColumn(key) {
    return this.columns.some(([column]) => column === key);
  }
}
