// The page of the services: rate, errors and durations of each and of each operation, and which calls which.

import { formatDuration, formatShare, plural } from "../model/duration.js";
import { quoted } from "../model/feed-filter.js";
import { readFigures } from "../model/figures.js";
import { serviceMap } from "../model/service-graph.js";
import { getFigures } from "../net/api.js";
import { el, setAttribute } from "./dom.js";
import { FiguresTable } from "./figures-table.js";
import { drawServices } from "./service-picture.js";

/** @typedef {import("../model/figures.js").Figures} Figures */

const PARTS = 40;
const MINUTE = 60_000_000_000n;
/** @type {readonly [label: string, nanos: bigint | null][]} */
const WINDOWS = [["5 min", 5n * MINUTE], ["1 hour", 60n * MINUTE], ["24 hours", 1440n * MINUTE], ["All", null]];

export class ServicesView {
  /**
   * @param {HTMLElement} element
   * @param {(query: string) => void} find shows the traces of a service or operation
   */
  constructor(element, find) {
    this.element = element;
    this.find = find;
    this.windows = el(
      "div",
      { class: "segments", role: "group", "aria-label": "Time that the figures cover" },
      ...WINDOWS.map((window) => this.#windowButton(window)),
    );
    this.note = el("p", { class: "muted", role: "status" });
    this.services = new FiguresTable(
      "Services",
      [["service", "Service", ""]],
      "service",
      ({ service }) => find(`service=${quoted(service)}`),
    );
    this.map = el("div", {
      class: "graph-view services-map",
      role: "group",
      "aria-label": "Which service calls which",
    });
    this.operations = new FiguresTable(
      "Operations",
      [["service", "Service", ""], ["name", "Operation", ""], ["kind", "Kind", ""]],
      "p95",
      ({ service, name }) => find(`service=${quoted(service)} name=${quoted(name)}`),
    );
    this.parts = [
      el("h2", {}, "Services", el("span", { class: "muted" }, " · the requests that each answers")),
      this.services.element,
      el("h2", {}, "Who calls whom", el("span", { class: "muted" }, " · with all their spans")),
      this.map,
      el("h2", {}, "Operations"),
      this.operations.element,
    ];
    element.append(el("div", { class: "services-bar" }, this.windows, this.note), ...this.parts);
    /** @type {bigint | null} */
    this.window = null;
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

  /** Asks the server, and shows what it says. */
  async load() {
    const { window } = this;
    try {
      const now = BigInt(Date.now()) * 1_000_000n;
      const figures = readFigures(
        await getFigures({ parts: PARTS, ...(window === null ? {} : { from: now - window }) }),
      );
      if (window === this.window) this.#show(figures);
    } catch {
      this.note.textContent = "The figures could not be loaded. They are asked for again.";
    }
  }

  /** Asks again, unless the reader is at it: what is pointed at or in focus stays. */
  refresh() {
    if (!this.element.matches(":hover") && !this.element.contains(document.activeElement)) void this.load();
  }

  /** @param {Figures} figures */
  #show(figures) {
    const none = figures.operations.length === 0;
    this.note.textContent = none
      ? (this.window === null ? "No spans yet. The figures come with the first trace." : "No spans in this time.")
      : figures.more
      ? "The most used operations; there are more."
      : "";
    for (const part of this.parts) part.hidden = none;
    if (none) return;
    this.services.show(
      figures.services.map((service) => ({ ...service, service: service.name, name: "", kind: "" })),
      figures,
    );
    this.operations.show(figures.operations, figures);
    this.#drawMap(figures);
  }

  /** @param {Figures} figures */
  #drawMap(figures) {
    const map = serviceMap(figures);
    const spans = map.nodes.reduce((sum, node) => sum + node.spans, 0);
    const endOf = (/** @type {number} */ service) => map.ends[service] ?? { name: "", kind: "service" };
    drawServices(this.map, map, {
      name: ({ service }) => endOf(service).name,
      kind: ({ service }) => endOf(service).kind,
      figures: (
        node,
      ) => (endOf(node.service).kind === "service"
        ? `${plural(node.spans, "span")} · ${formatShare(node.errors, node.spans)} in error`
        : `${endOf(node.service).kind}, not traced itself`),
      share: (node) => (spans > 0 ? node.spans / spans : 0),
      edge: (
        { calls, errors, p95 },
      ) => [
        `${plural(calls, "call")}${p95 ? ` · p95 ${formatDuration(p95)}` : ""}`,
        ...(errors > 0 ? [plural(errors, "error")] : []),
      ],
      open: (service) => this.find(`service=${quoted(endOf(service).name)}`),
    });
  }
}
