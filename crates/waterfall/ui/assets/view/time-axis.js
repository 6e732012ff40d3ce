// Time axis: ticks, zooming by drag and wheel, and the hairline at the pointer.

import { queueWait } from "../model/asynchronous.js";
import { formatDuration, formatTick } from "../model/duration.js";
import { ticks } from "../model/time-window.js";
import { idleText } from "../model/wait-text.js";
import { el, fill } from "./dom.js";
import { dragRange } from "./drag-range.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const TICK_ROOM_PX = 110;
/** Narrower idle bands are not drawn; the next wider ones get a shorter label. */
const MIN_BAND_PX = 12;
const FIGURE_PX = 56;
/** Even a short marked range is seen. */
const MIN_MARK_PX = 3;
/** More lines of a label would cover rows. */
const MAX_BAND_LINES = 3;
/** Room for a character of the label. */
const CHAR_PX = 6.5;

export class TimeAxis {
  /**
   * @param {HTMLElement} element header of the time column
   * @param {HTMLElement} lines grid lines behind the rows
   * @param {HTMLElement} hairline
   * @param {HTMLElement} body container of the rows
   * @param {TraceScreen} screen
   * @param {() => void} zoomed
   */
  constructor(element, lines, hairline, body, screen, zoomed) {
    this.element = element;
    this.lines = lines;
    this.hairline = hairline;
    this.screen = screen;
    this.left = 0;
    this.width = 1;
    this.drawn = "";
    this.labels = el("div", { class: "tick-labels" });
    this.pointer = el("div", { class: "pointer-time", hidden: true });
    element.append(this.labels, this.pointer);
    element.title = "Drag to zoom, double-click to reset";
    dragRange(element, {
      share: (clientX) => (clientX - element.getBoundingClientRect().left - 8) / this.width,
      done: (from, to) => {
        screen.window.show(screen.window.timeAt(from), screen.window.timeAt(to));
        zoomed();
      },
    });
    element.addEventListener("dblclick", () => {
      screen.window.reset();
      zoomed();
    });
    body.addEventListener("wheel", (event) => this.#wheel(event, zoomed), { passive: false });
    body.addEventListener("pointermove", (event) => this.#point(event));
    body.addEventListener("pointerleave", () => this.#unpoint());
    element.addEventListener("pointermove", (event) => this.#point(event));
    element.addEventListener("pointerleave", () => this.#unpoint());
  }

  /**
   * @param {number} left offset of the axis within the body
   * @param {number} width
   */
  measure(left, width) {
    this.left = left;
    this.width = width;
  }

  draw() {
    const { window, idle, marked } = this.screen;
    const key = `${window.from} ${window.to} ${this.left} ${this.width} ${
      idle.map(({ from, to }) => `${from}-${to}`).join()
    } ${marked?.from}-${marked?.to}`;
    if (key === this.drawn) return;
    this.drawn = key;
    const { step, times } = ticks(window, this.width / TICK_ROOM_PX);
    const labels = [];
    const lines = [];
    for (const time of times) {
      const x = window.share(time) * this.width;
      const text = formatTick(time, step);
      // Every label stands to the right of its line; the last one is left out where it has no room.
      if (x + text.length * CHAR_PX <= this.width) {
        const label = el("span", { class: "tick" }, text);
        label.style.setProperty("left", `${x}px`);
        labels.push(label);
      }
      const line = el("i");
      line.style.setProperty("left", `${this.left + x}px`);
      lines.push(line);
    }
    fill(this.labels, ...labels);
    fill(
      this.lines,
      ...lines,
      ...idle.flatMap((stretch) => this.#idleBand(stretch)),
      ...(marked ? [this.#markedBand(marked)] : []),
    );
  }

  /** @param {{ from: number, to: number }} range */
  #markedBand({ from, to }) {
    const { window } = this.screen;
    const left = Math.max(0, window.share(from) * this.width);
    const right = Math.min(this.width, window.share(to) * this.width);
    const band = el("b", { class: "marked-band" }, formatDuration(to - from));
    band.style.setProperty("left", `${this.left + left}px`);
    band.style.setProperty("width", `${Math.max(MIN_MARK_PX, right - left)}px`);
    return band;
  }

  /**
   * Band for an interval without an active span.
   * @param {import("../model/waits.js").Idle} stretch
   */
  #idleBand(stretch) {
    const { from, to, after } = stretch;
    const { window, trace } = this.screen;
    const left = Math.max(0, window.share(from) * this.width);
    const right = Math.min(this.width, window.share(to) * this.width);
    if (right - left < MIN_BAND_PX) return [];
    const length = formatDuration(to - from);
    const long = queueWait(trace, after) > 0 ? idleText(trace, stretch).text : `no active span for ${length}`;
    // The words wrap; of a narrow band, the least that says what it is.
    const isRoomy = (right - left) * MAX_BAND_LINES > long.length * CHAR_PX * 1.5;
    const words = isRoomy ? long : `idle ${length}`;
    const band = el("b", { class: "idle-band" }, right - left > FIGURE_PX ? words : "");
    band.style.setProperty("left", `${this.left + left}px`);
    band.style.setProperty("width", `${right - left}px`);
    return [band];
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const x = event.clientX - this.element.getBoundingClientRect().left - 8;
    if (x < 0 || x > this.width || event.pointerType === "touch") {
      this.#unpoint();
      return;
    }
    const { window } = this.screen;
    this.hairline.hidden = false;
    this.hairline.style.setProperty("transform", `translateX(${this.left + x}px)`);
    this.pointer.hidden = false;
    this.pointer.textContent = formatDuration(window.timeAt(x / this.width));
    this.pointer.style.setProperty("transform", `translateX(${8 + x}px) translateX(-50%)`);
  }

  #unpoint() {
    this.hairline.hidden = true;
    this.pointer.hidden = true;
  }

  /**
   * Wheel with Ctrl or Cmd zooms around the pointer; sideways or with Shift it pans.
   * @param {WheelEvent} event
   * @param {() => void} zoomed
   */
  #wheel(event, zoomed) {
    const { window } = this.screen;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const share = (event.clientX - this.element.getBoundingClientRect().left - 8) / this.width;
      window.zoom(
        Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.008),
        window.timeAt(Math.min(1, Math.max(0, share))),
      );
      zoomed();
      return;
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (
      sideways === 0 || Math.abs(event.deltaX) < Math.abs(event.deltaY) * (event.shiftKey ? 0 : 1) || window.isWhole
    ) return;
    event.preventDefault();
    window.pan(sideways / this.width);
    zoomed();
  }
}
