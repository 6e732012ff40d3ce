// Minimap of the whole trace, showing the zoomed range. Painted once per trace and theme; of 100,000 spans only as many
// as the pixels can show.

import { formatDuration } from "../model/duration.js";
import { el } from "./dom.js";
import { dragRange } from "./drag-range.js";
import { resolvedColors, themeColors } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const HEIGHT_PX = 52;
/** Rows painted per line of pixels. */
const ROWS_A_LINE = 24;
/** Errors are marked at the end of their bar, which keeps its service colour. */
const ERROR_CAP_PX = 5;
/** Even the shortest span is seen. */
const MIN_SPAN_PX = 3;

export class Minimap {
  /**
   * @param {HTMLElement} element
   * @param {TraceScreen} screen
   * @param {() => void} zoomed
   */
  constructor(element, screen, zoomed) {
    this.element = element;
    this.screen = screen;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.before = el("div", { class: "veil before" });
    this.after = el("div", { class: "veil after" });
    this.leftGrip = el("div", { class: "grip", "data-drag": "from" });
    this.rightGrip = el("div", { class: "grip", "data-drag": "to" });
    this.window = el("div", { class: "minimap-window", "data-drag": "both" });
    element.append(this.canvas, this.before, this.after, this.window, this.leftGrip, this.rightGrip);
    element.title = "Drag to zoom, double-click to reset";
    this.width = 0;
    const share = (/** @type {number} */ clientX) =>
      (clientX - element.getBoundingClientRect().left - 8) / (this.width - 16);
    dragRange(element, {
      share,
      done: (from, to) => {
        screen.window.show(from * screen.window.total, to * screen.window.total);
        zoomed();
      },
    });
    element.addEventListener("dblclick", () => {
      screen.window.reset();
      zoomed();
    });
    for (const part of [this.leftGrip, this.rightGrip, this.window]) this.#draggable(part, share, zoomed);
  }

  /**
   * @param {HTMLElement} part
   * @param {(clientX: number) => number} share
   * @param {() => void} zoomed
   */
  #draggable(part, share, zoomed) {
    part.addEventListener("pointerdown", (down) => {
      if (down.button !== 0) return;
      part.setPointerCapture(down.pointerId);
      const { window } = this.screen;
      const { from, to, total } = window;
      const move = (/** @type {PointerEvent} */ event) => {
        const by = (share(event.clientX) - share(down.clientX)) * total;
        if (part === this.leftGrip) window.show(from + by, to);
        else if (part === this.rightGrip) window.show(from, to + by);
        else {
          const start = Math.min(Math.max(0, from + by), total - (to - from));
          window.show(start, start + (to - from));
        }
        zoomed();
      };
      part.addEventListener("pointermove", move);
      part.addEventListener("pointerup", () => part.removeEventListener("pointermove", move), { once: true });
      part.addEventListener("pointercancel", () => part.removeEventListener("pointermove", move), { once: true });
    });
  }

  /** Paints the spans; called when the trace, the theme or the width changes. */
  paint() {
    const { trace } = this.screen;
    this.width = this.element.clientWidth;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(this.width * scale));
    this.canvas.height = Math.round(HEIGHT_PX * scale);
    const context = this.canvas.getContext("2d");
    if (!context || trace.count === 0) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const colors = resolvedColors(trace.services);
    const [none = "gray", red = "red", quiet = "gray"] = themeColors("--line-strong", "--error", "--text-3");
    const room = HEIGHT_PX - 10;
    const lines = Math.min(trace.count, room / 2);
    const pitch = Math.min(6, room / lines);
    const thickness = Math.max(1.5, Math.min(4, pitch - 1));
    const width = this.width - 16;
    const top = 5 + Math.max(0, (room - pitch * lines) / 2);
    const total = this.screen.window.total;
    /**
     * @param {number} row
     * @param {string} color
     */
    const rect = (row, color) => {
      const y = top + Math.floor((row / trace.count) * lines) * pitch;
      context.fillStyle = color;
      context.fillRect(
        8 + Math.min((trace.start[row] / total) * width, width - MIN_SPAN_PX),
        y,
        Math.max(MIN_SPAN_PX, (trace.length[row] / total) * width),
        thickness,
      );
    };
    const stride = Math.max(1, Math.floor(trace.count / (lines * ROWS_A_LINE)));
    for (let row = 0; row < trace.count; row += stride) rect(row, colors[trace.service[row]] ?? none);
    // Red over grey, where several share a place.
    const { errors } = this.screen.insights;
    const marked = [...errors].sort((a, b) => Number(trace.unreached.has(b)) - Number(trace.unreached.has(a)));
    for (const row of marked) {
      const y = top + Math.floor((row / trace.count) * lines) * pitch;
      const end = 8 + (trace.endOf(row) / total) * width;
      context.fillStyle = trace.unreached.has(row) ? quiet : red;
      context.fillRect(end - ERROR_CAP_PX, y - 0.5, ERROR_CAP_PX, thickness + 1);
    }
  }

  /** Positions the zoomed range. */
  draw() {
    const { window } = this.screen;
    const width = this.width - 16;
    const from = 8 + (window.from / window.total) * width;
    const to = 8 + (window.to / window.total) * width;
    const whole = window.isWhole;
    this.element.classList.toggle("whole", whole);
    this.before.style.setProperty("width", `${whole ? 0 : from}px`);
    this.after.style.setProperty("left", `${to}px`);
    this.leftGrip.style.setProperty("transform", `translateX(${from}px)`);
    this.rightGrip.style.setProperty("transform", `translateX(${to}px)`);
    this.window.style.setProperty("left", `${from}px`);
    this.window.style.setProperty("width", `${Math.max(0, to - from)}px`);
    this.window.title = whole ? "" : `${formatDuration(window.length)} of ${formatDuration(window.total)}`;
  }
}
