// All log records of the trace in time order, including those without a span or whose span was not received.

import { formatCount, formatDuration, plural } from "../model/duration.js";
import { isAtLeast } from "../model/logs.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";
import { logEntry } from "./span-logs.js";
import { formatTimeOfDay, localAndUtc, zoneLabel } from "./time-zone.js";

/** @typedef {import("../model/logs.js").LogRecord} LogRecord */
/** @typedef {import("../model/logs.js").Level} Level */
/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** Maximum number of records shown. */
const MAX_SHOWN = 1_000;
const LEVELS = /** @type {readonly [Level, string][]} */ ([
  ["trace", "All levels"],
  ["debug", "Debug and above"],
  ["info", "Info and above"],
  ["warn", "Warn and above"],
  ["error", "Error and above"],
]);

export class LogView {
  /**
   * @param {TraceScreen} screen
   * @param {(row: number) => void} open
   */
  constructor(screen, open) {
    this.screen = screen;
    this.open = open;
    /** @type {Level} */
    this.minLevel = "trace";
    this.levels = el(
      "select",
      { class: "select", "aria-label": "Minimum level" },
      ...LEVELS.map(([level, label]) => el("option", { value: level }, label)),
    );
    this.levels.addEventListener("change", () => {
      this.minLevel = /** @type {Level} */ (this.levels.value);
      this.show();
    });
    this.count = el("span", { class: "muted", role: "status" });
    this.list = el("ol", { class: "log-list" });
    this.element = el(
      "div",
      { class: "log-view", tabindex: "0", role: "region", "aria-label": "Logs" },
      el("div", { class: "log-bar" }, this.levels, this.count),
      this.list,
    );
    this.drawn = "";
  }

  show() {
    const { screen, minLevel } = this;
    const records = screen.logs?.records ?? [];
    const shown = records.filter((log) =>
      (minLevel === "trace" || isAtLeast(log, minLevel)) &&
      (screen.focus.size === 0 || screen.focus.has(log.service)) &&
      screen.isLogFound(log)
    );
    const key = [
      minLevel,
      ...screen.focus,
      records.length,
      shown.length,
      zoneLabel(),
      screen.trace.version,
      screen.corrected,
      screen.search.text,
      screen.search.count,
    ].join("|");
    if (key === this.drawn) return;
    this.drawn = key;
    const total = `${screen.logs?.more ? "more than " : ""}${plural(records.length, "record")}`;
    const of = shown.length === records.length ? total : `${formatCount(shown.length)} of ${total}`;
    const cut = screen.logs?.more || shown.length > MAX_SHOWN
      ? `, first ${formatCount(Math.min(shown.length, MAX_SHOWN))} shown`
      : "";
    this.count.textContent = records.length === 0 ? "" : of + cut;
    this.levels.hidden = records.length === 0;
    if (records.length === 0) fill(this.list, emptyState());
    else fill(this.list, ...shown.slice(0, MAX_SHOWN).map((log) => this.#line(log)));
  }

  /** @param {LogRecord} log */
  #line(log) {
    const row = this.screen.trace.rowOf(log.spanId);
    const time = el(
      "span",
      { class: "log-time muted", title: localAndUtc(log.nanos) },
      `${formatTimeOfDay(log.nanos)} ${zoneLabel()}`.trim(),
      el("span", { class: "log-offset" }, `${log.offset < 0 ? "" : "+"}${formatDuration(log.offset)}`),
    );
    return el(
      "li",
      { class: `log-item ${colorClass(log.service)}` },
      el("span", { class: "table-service" }, el("span", { class: "dot" }), log.service),
      this.#span(row, log),
      logEntry(log, time),
    );
  }

  /**
   * @param {number} row
   * @param {LogRecord} log
   */
  #span(row, log) {
    if (row < 0 || this.screen.trace.placeholder[row] === 1) {
      return el("span", { class: "muted log-span" }, log.spanId ? "missing span" : "no span");
    }
    const button = el(
      "button",
      { type: "button", class: "operation-link log-span", title: "Show span" },
      this.screen.trace.names[row] || "(no name)",
    );
    button.addEventListener("click", () => this.open(row));
    return button;
  }
}

function emptyState() {
  return el(
    "li",
    { class: "log-nothing" },
    el("strong", {}, "No log records in this trace"),
    el(
      "p",
      { class: "muted" },
      "Log records appear here and on their spans when a service exports its logs over OTLP with trace context. " +
        "With most OpenTelemetry SDKs, set OTEL_LOGS_EXPORTER=otlp.",
    ),
  );
}
