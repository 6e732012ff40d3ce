// Services page: RED metrics of services and operations, and the service map.

import { callLines, callTooltip } from "../model/call-text.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { quoteValue } from "../model/trace-filter.js";
import { leftOutNote, measuredNote, readMetrics } from "../model/metrics.js";
import { serviceMap } from "../model/service-map.js";
import { getMetrics, HttpError } from "../net/api.js";
import { el, setAttribute } from "./dom.js";
import { MetricsTable } from "./metrics-table.js";
import { ServiceMap } from "./service-map.js";
import { formatShare } from "../model/share.js";

/** @typedef {import("../model/metrics.js").Metrics} Metrics */

const BUCKETS = 40;
const MINUTE = 60_000_000_000n;
/** @type {readonly [label: string, nanos: bigint | null][]} */
const WINDOWS = [["5 min", 5n * MINUTE], ["1 hour", 60n * MINUTE], ["24 hours", 1440n * MINUTE], ["All", null]];

const NO_SIDES = { byCaller: null, byCallee: null };

/** The columns of the table of calls: what the caller saw, then what the callee saw. */
const CALL_COLUMNS = [
  callColumn("Calls", "byCaller", "CLIENT and PRODUCER spans of the caller", ({ spans }) => formatCount(spans)),
  callColumn("Errors", "byCaller", "As the caller saw them", errorCount),
  callColumn("p95", "byCaller", "As the caller saw it", ({ p95 }) => formatDuration(p95)),
  callColumn("Max", "byCaller", "As the caller saw it", ({ max }) => formatDuration(max)),
  callColumn("Callee’s spans", "byCallee", "Spans of the callee", ({ spans }) => formatCount(spans)),
  callColumn("Callee’s errors", "byCallee", "As the callee saw them", errorCount),
  callColumn("Callee’s p95", "byCallee", "As the callee saw it", ({ p95 }) => formatDuration(p95)),
];

/**
 * @param {string} head
 * @param {"byCaller" | "byCallee"} side
 * @param {string} title
 * @param {(durations: import("../model/metrics.js").Durations) => string} textOf
 * @returns {import("./call-table.js").CallColumn}
 */
function callColumn(head, side, title, textOf) {
  return {
    head,
    title,
    cell: ({ sides = NO_SIDES }) => {
      const durations = sides[side];
      if (durations === null) {
        return { text: "–", title: `The ${side === "byCaller" ? "caller" : "callee"} records none` };
      }
      return { text: textOf(durations), failed: textOf === errorCount && durations.errors > 0 };
    },
  };
}

/** @param {import("../model/metrics.js").Durations} durations */
function errorCount({ errors }) {
  return formatCount(errors);
}

export class ServicesView {
  /**
   * @param {HTMLElement} element
   * @param {(query: string) => void} find filters the trace list
   */
  constructor(element, find) {
    this.element = element;
    this.find = find;
    this.windows = el(
      "div",
      { class: "segments", role: "group", "aria-label": "Time range" },
      ...WINDOWS.map((window) => this.#windowButton(window)),
    );
    this.note = el("p", { class: "muted", role: "status" });
    this.services = new MetricsTable(
      "Services",
      [["service", "Service", ""]],
      "service",
      ({ service }) => find(`service=${quoteValue(service)}`),
    );
    this.map = new ServiceMap("Service map");
    this.map.element.classList.add("services-map");
    this.operations = new MetricsTable(
      "Operations",
      [["service", "Service", ""], ["name", "Operation", ""], ["kind", "Kind", ""]],
      "p95",
      ({ service, name }) => find(`service=${quoteValue(service)} name=${quoteValue(name)}`),
    );
    this.parts = [
      el("h2", {}, "Services", el("span", { class: "muted" }, " · requests handled")),
      this.services.element,
      el("h2", {}, "Service map", el("span", { class: "muted" }, " · all spans")),
      this.map.element,
      el("h2", {}, "Operations"),
      this.operations.element,
    ];
    element.append(el("div", { class: "services-bar" }, this.windows, this.note), ...this.parts);
    /** @type {bigint | null} */
    this.window = null;
    /** Whether the last load failed. */
    this.failed = false;
    this.#markWindow();
  }

  /** @param {[label: string, nanos: bigint | null]} window */
  #windowButton([label, nanos]) {
    const button = el("button", { type: "button" }, label);
    button.addEventListener("click", () => {
      this.window = nanos;
      this.#markWindow();
      void this.load();
    });
    return button;
  }

  #markWindow() {
    for (const [at, button] of [...this.windows.children].entries()) {
      setAttribute(button, "aria-pressed", String(WINDOWS[at]?.[1] === this.window));
    }
  }

  /** Loads and shows the metrics. */
  async load() {
    const { window } = this;
    try {
      const now = BigInt(Date.now()) * 1_000_000n;
      const metrics = readMetrics(
        await getMetrics({ parts: BUCKETS, ...(window === null ? {} : { from: now - window }) }),
      );
      if (window === this.window) this.#show(metrics);
      this.failed = false;
    } catch (error) {
      this.failed = true;
      const why = error instanceof HttpError ? error.message : "the server does not respond";
      this.note.textContent = `The metrics are not up to date: ${why}. The page tries again every few seconds.`;
    }
  }

  /** Reloads, unless the page is hovered or focused: nothing moves while it is used. A failed load is repeated. */
  refresh() {
    const isUsed = this.element.matches(":hover") || this.element.contains(document.activeElement);
    if (this.failed || !isUsed) void this.load();
  }

  /** @param {Metrics} metrics */
  #show(metrics) {
    const none = metrics.operations.length === 0;
    this.note.textContent = none
      ? (this.window === null ? "No spans yet. Metrics appear with the first trace." : "No spans in this time range.")
      : leftOutNote(metrics);
    for (const part of this.parts) part.hidden = none;
    if (none) return;
    this.services.show(
      metrics.services.map((service) => ({
        ...service,
        service: service.name,
        name: "",
        kind: "",
        note: measuredNote(service),
      })),
      metrics,
    );
    this.operations.show(metrics.operations, metrics);
    this.#drawMap(metrics);
  }

  /** @param {Metrics} metrics */
  #drawMap(metrics) {
    const map = serviceMap(metrics);
    const spans = map.nodes.reduce((sum, node) => sum + node.spans, 0);
    const peerOf = (/** @type {number} */ service) => map.peers[service] ?? { name: "", kind: "service" };
    this.map.show(map, {
      name: ({ service }) => peerOf(service).name,
      kind: ({ service }) => peerOf(service).kind,
      metrics: (
        node,
      ) => (peerOf(node.service).kind === "service"
        ? `${plural(node.spans, "span")} · ${formatShare(node.errors, node.spans)} of them with errors`
        : `${peerOf(node.service).kind} (no span stored)`),
      share: (node) => (spans > 0 ? node.spans / spans : 0),
      edge: ({ sides = NO_SIDES }) => callLines(sides),
      tooltip: ({ sides = NO_SIDES }) => callTooltip(sides),
      columns: CALL_COLUMNS,
      open: ({ service }) => ({
        text: "Show its traces",
        run: () => this.find(`service=${quoteValue(peerOf(service).name)}`),
      }),
    });
  }
}
