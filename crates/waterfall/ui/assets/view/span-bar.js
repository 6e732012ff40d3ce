// Bar of a span on the time axis: solid for self time, pale for child spans, hatched for time of a call
// that the callee does not cover.
// A line below marks the critical path, a diamond an event, a tick above a log record.

import { spreadMarkers } from "../model/markers.js";
import { remoteCallOf } from "../model/remote-call.js";
import { eachSelfInterval } from "../model/self-time.js";
import { el, setAttribute, svg } from "./dom.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** Even the shortest span stays visible. */
const MIN_BAR_PX = 2.5;
/** Closer markers would cover each other and the bar. */
export const EVENTS_APART_PX = 10;
const LOGS_APART_PX = 3;

export class SpanBar {
  constructor() {
    this.self = svg("path", { class: "self-time" });
    this.selfBox = svg(
      "svg",
      { class: "self-time-box", "aria-hidden": "true", preserveAspectRatio: "none" },
      this.self,
    );
    this.bar = el("div", { class: "bar" }, this.selfBox);
    this.critical = svg("path", { class: "critical" });
    this.events = svg("path", { class: "event-markers" });
    this.eventBox = svg("svg", { class: "event-box", "aria-hidden": "true" }, this.events);
    this.lines = svg("svg", { class: "track-lines", "aria-hidden": "true" }, this.critical);
    this.off = el("span", { class: "off-edge" });
    this.logs = svg("path", { class: "log-ticks" });
    this.lines.append(this.logs);
    /**
     * Inputs of the last drawing: an unchanged bar is not redrawn, as a span may have many children.
     * @type {readonly unknown[]}
     */
    this.drawn = [];
    this.element = el("div", { class: "track" }, this.bar, this.eventBox, this.lines, this.off);
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {number} width of the axis in pixels
   */
  update(screen, row, width) {
    const { trace, window } = screen;
    const sources = [
      trace,
      row,
      width,
      window.from,
      window.to,
      screen.critical,
      screen.showCritical,
      screen.index,
      screen.logs,
    ];
    if (sources.every((source, at) => source === this.drawn[at])) return;
    this.drawn = sources;
    const start = trace.start[row];
    const end = start + trace.length[row];
    const left = window.share(start) * width;
    const right = window.share(end) * width;
    const outside = right < -0.5 ? "before" : left > width + 0.5 ? "after" : null;
    setAttribute(this.element, "data-outside", outside);
    if (outside) {
      this.off.textContent = outside === "before" ? "◂" : "▸";
      setAttribute(this.critical, "d", "");
      setAttribute(this.events, "d", "");
      setAttribute(this.logs, "d", "");
      return;
    }
    const from = Math.max(0, left);
    const to = Math.min(width, right);
    const drawn = Math.max(MIN_BAR_PX, to - from);
    const at = Math.max(0, Math.min(from, width - MIN_BAR_PX));
    // A bar that extends beyond the visible range has no round corners there.
    this.bar.className = `bar${left < 0 ? " starts-before" : ""}${right > width + 0.5 ? " continues-after" : ""}`;
    this.bar.style.setProperty("transform", `translateX(${at.toFixed(2)}px)`);
    this.bar.style.setProperty("width", `${drawn.toFixed(2)}px`);
    this.#drawSelfTime(screen, row, at, drawn, width);
    this.#drawCritical(screen, row, width);
    this.#drawEvents(screen, row, width);
    this.#drawLogs(screen, row, width);
    // Time of an answered call that its server span does not cover is not the client's own work.
    this.bar.classList.toggle("call", trace.kindOf(row) === "client" && remoteCallOf(trace, row) !== null);
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {number} width
   */
  #drawEvents(screen, row, width) {
    const times = screen.index?.events.get(row) ?? [];
    const { positions } = spreadMarkers(times, screen.window, width, EVENTS_APART_PX);
    setAttribute(this.events, "d", positions.map((x) => `M${x.toFixed(1)} 0l4 4l-4 4l-4 -4z`).join(""));
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {number} width
   */
  #drawLogs({ trace, window, logs }, row, width) {
    const times = (logs?.of(trace, row) ?? []).map(({ offset }) => trace.displayOffset(row, offset));
    const { positions } = spreadMarkers(times, window, width, LOGS_APART_PX);
    setAttribute(this.logs, "d", positions.map((x) => `M${x.toFixed(1)} -17v3`).join(""));
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {number} at
   * @param {number} drawn
   * @param {number} width
   */
  #drawSelfTime(screen, row, at, drawn, width) {
    const { trace, window } = screen;
    let path = "";
    if (drawn <= MIN_BAR_PX) {
      path = trace.placeholder[row] === 1 ? "" : `M0 0H${drawn.toFixed(2)}V20H0Z`;
    } else {
      eachSelfInterval(trace, row, window.length / width / 2, (from, to) => {
        const left = Math.max(0, window.share(from) * width - at);
        const right = Math.min(drawn, window.share(to) * width - at);
        if (right - left > 0.15) path += `M${left.toFixed(2)} 0H${right.toFixed(2)}V20H${left.toFixed(2)}Z`;
      });
    }
    setAttribute(this.self, "d", path);
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {number} width
   */
  #drawCritical(screen, row, width) {
    let path = "";
    if (screen.showCritical && screen.critical?.has(row)) {
      const { window } = screen;
      screen.critical.eachInterval(row, window.length / width, (from, to) => {
        const left = Math.max(-2, window.share(from) * width);
        const right = Math.min(width + 2, window.share(to) * width);
        if (right >= left) path += `M${left.toFixed(1)} 0H${Math.max(right, left + 1).toFixed(1)}`;
      });
    }
    setAttribute(this.critical, "d", path);
  }
}
