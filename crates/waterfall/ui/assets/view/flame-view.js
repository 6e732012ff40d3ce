// The flame graph, on a canvas as high as the window: of 10,000 levels those in sight are painted, and of a
// level the frames that a pixel can show.

import { formatDuration, formatShare, plural } from "../model/duration.js";
import { firstEndingAfter, flameOf } from "../model/flame.js";
import { el, fill } from "./dom.js";
import { resolvedColors, themeColors } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/flame.js").Frame} Frame */

const LEVEL_PX = 24;
const GAP_PX = 2;
const SIDE_PX = 16;
const LEAST_PX = 0.6;
/** The solid edge of a frame that is wide enough for one. */
const EDGE_PX = 3;
/** A frame narrower than this has no room for a word. */
const LABEL_PX = 34;

export class FlameView {
  /**
   * @param {TraceScreen} screen
   * @param {(row: number) => void} open
   */
  constructor(screen, open) {
    this.screen = screen;
    this.open = open;
    this.canvas = el("canvas", { class: "flame-canvas" });
    this.spacer = el("div", { class: "flame-spacer" }, this.canvas);
    this.scroller = el("div", { class: "flame-scroller" }, this.spacer);
    this.path = el("div", { class: "flame-path" });
    this.tip = el("div", { class: "view-tip", hidden: true });
    this.element = el("div", { class: "flame-view" }, this.path, this.scroller, this.tip);
    /** @type {import("../model/flame.js").Flame | null} */
    this.flame = null;
    /** @type {import("../model/trace.js").Trace | null} */
    this.trace = null;
    /**
     * The frame that fills the width.
     * @type {Frame | null}
     */
    this.root = null;
    /** @type {Frame | null} */
    this.hovered = null;
    this.scroller.addEventListener("scroll", () => this.#paint(), { passive: true });
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#unhover());
    this.canvas.addEventListener("click", (event) => this.#clicked(event));
  }

  show() {
    const { screen } = this;
    if (this.trace !== screen.trace) {
      this.trace = screen.trace;
      this.flame = flameOf(screen.trace, screen.self);
      this.root = this.flame.top;
    }
    this.spacer.style.setProperty("height", `${(this.flame?.levels.length ?? 0) * LEVEL_PX + 24}px`);
    this.#showPath();
    this.#paint();
  }

  #showPath() {
    /** @type {Frame[]} */
    const way = [];
    for (let frame = this.root; frame && frame.parent; frame = frame.parent) way.unshift(frame);
    const shown = way.slice(-4);
    const step = (/** @type {string} */ label, /** @type {Frame | null} */ frame) => {
      const button = el("button", { type: "button", class: "link-button" }, label);
      button.addEventListener("click", () => this.#zoom(frame));
      return button;
    };
    fill(
      this.path,
      step("Whole trace", this.flame?.top ?? null),
      ...shown.flatMap((frame) => [el("span", { class: "muted" }, "›"), step(this.#label(frame), frame)]),
      el("span", { class: "muted flame-hint" }, "Width is time worked, in the frame and beneath it. Equal calls are one frame. Click to zoom."),
    );
  }

  /** @param {Frame} frame */
  #label(frame) {
    return `${this.screen.trace.services[frame.service] ?? ""} ${frame.name}`.trim();
  }

  /** @param {Frame | null} frame */
  #zoom(frame) {
    this.root = frame;
    this.#showPath();
    this.#paint();
  }

  #paint() {
    const { flame, root } = this;
    const width = this.scroller.clientWidth;
    const height = this.scroller.clientHeight;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    this.canvas.style.setProperty("height", `${height}px`);
    const context = this.canvas.getContext("2d");
    if (!context || !flame || !root || root.total <= 0) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const colors = resolvedColors(this.screen.trace.services);
    const [text = "", muted = "", red = "", hover = ""] = themeColors("--text", "--text-3", "--error", "--text");
    context.font = `12px ${getComputedStyle(this.element).fontFamily}`;
    context.textBaseline = "middle";
    const top = this.scroller.scrollTop;
    const first = Math.floor(top / LEVEL_PX);
    const last = Math.min(flame.levels.length - 1, Math.ceil((top + height) / LEVEL_PX));
    const perPixel = root.total / (width - 2 * SIDE_PX);
    for (let level = first; level <= last; level += 1) {
      const frames = flame.levels[level];
      const y = level * LEVEL_PX - top + 10;
      for (let index = firstEndingAfter(frames, root.start); index < frames.length; index += 1) {
        const frame = frames[index];
        if (frame.start >= root.start + root.total) break;
        const left = SIDE_PX + Math.max(0, (frame.start - root.start) / perPixel);
        const right = SIDE_PX + Math.min(width - 2 * SIDE_PX, (frame.start + frame.total - root.start) / perPixel);
        if (right - left < LEAST_PX) continue;
        const color = colors[frame.service] ?? muted;
        const above = root.depth > level;
        context.globalAlpha = above ? 0.14 : right - left > EDGE_PX * 3 ? 0.3 : 0.5;
        context.fillStyle = color;
        context.fillRect(left, y, Math.max(0.8, right - left - 1), LEVEL_PX - GAP_PX);
        context.globalAlpha = 1;
        if (right - left > EDGE_PX * 3) context.fillRect(left, y, EDGE_PX, LEVEL_PX - GAP_PX);
        if (frame.errors > 0) {
          context.fillStyle = red;
          context.fillRect(left, y + LEVEL_PX - GAP_PX - 3, Math.max(0.8, right - left - 1), 3);
        }
        if (frame === this.hovered) {
          context.strokeStyle = hover;
          context.strokeRect(left + 0.5, y + 0.5, Math.max(1, right - left - 2), LEVEL_PX - GAP_PX - 1);
        }
        if (right - left > LABEL_PX) this.#write(context, frame, left + 8, right - left - 14, y + (LEVEL_PX - GAP_PX) / 2, text, muted);
      }
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Frame} frame
   * @param {number} x
   * @param {number} room
   * @param {number} y
   * @param {string} text
   * @param {string} muted
   */
  #write(context, frame, x, room, y, text, muted) {
    context.save();
    context.beginPath();
    context.rect(x, y - LEVEL_PX / 2, room, LEVEL_PX);
    context.clip();
    const label = this.#label(frame).slice(0, 120);
    const figure = `  ${formatDuration(frame.total)}${frame.calls > 1 ? ` · ${frame.calls}×` : ""}`;
    context.fillStyle = text;
    context.fillText(label, x, y);
    context.fillStyle = muted;
    context.fillText(figure, x + context.measureText(label).width, y);
    context.restore();
  }

  /** @param {PointerEvent | MouseEvent} event */
  #frameAt(event) {
    if (!this.flame || !this.root) return null;
    const box = this.canvas.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top - 10 + this.scroller.scrollTop) / LEVEL_PX);
    const share = (event.clientX - box.left - SIDE_PX) / (box.width - 2 * SIDE_PX);
    if (level < 0 || share < 0 || share >= 1) return null;
    return this.flame.frameAt(level, this.root.start + share * this.root.total);
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const frame = this.#frameAt(event);
    if (!frame) {
      this.#unhover();
      return;
    }
    if (frame !== this.hovered) {
      this.hovered = frame;
      this.#paint();
      const total = this.flame?.top.total ?? 0;
      fill(
        this.tip,
        el("strong", {}, this.#label(frame)),
        el("div", {}, `${formatDuration(frame.total)} worked here and beneath, ${formatShare(frame.total, total)}`),
        el("div", {}, `${formatDuration(frame.self)} in it, ${plural(frame.calls, "call")}${frame.errors > 0 ? `, ${plural(frame.errors, "error")}` : ""}`),
      );
    }
    this.tip.hidden = false;
    const box = this.element.getBoundingClientRect();
    const x = Math.min(event.clientX - box.left + 14, box.width - this.tip.offsetWidth - 8);
    const y = Math.min(event.clientY - box.top + 16, box.height - this.tip.offsetHeight - 8);
    this.tip.style.setProperty("transform", `translate(${Math.round(x)}px, ${Math.round(y)}px)`);
  }

  #unhover() {
    this.tip.hidden = true;
    if (!this.hovered) return;
    this.hovered = null;
    this.#paint();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const frame = this.#frameAt(event);
    if (!frame) return;
    this.#zoom(frame);
    this.open(frame.longest);
  }
}
