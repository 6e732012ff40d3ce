// Flame graph view: frames are explored by pointer or arrow keys, and zoomed into.

import { queuesText } from "../model/asynchronous.js";
import { plural } from "../model/duration.js";
import { flameOf, neighbour } from "../model/flame.js";
import { frameLines } from "../model/frame-text.js";
import { totalSelfTime } from "../model/share.js";
import { shortNames } from "../model/short-names.js";
import { el, fill, setText } from "./dom.js";
import { FIRST_PX, labelOf, LEVEL_PX, paintFlame, SIDE_PX } from "./flame-painter.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/flame.js").Frame} Frame */

/** @type {Record<string, import("../model/flame.js").Direction>} */
const DIRECTIONS = { ArrowLeft: "before", ArrowRight: "after", ArrowUp: "caller", ArrowDown: "called" };

export class FlameView {
  /**
   * @param {TraceScreen} screen
   * @param {(row: number) => void} open
   */
  constructor(screen, open) {
    this.screen = screen;
    this.open = open;
    this.canvas = el("canvas", {
      class: "flame-canvas",
      tabindex: "0",
      role: "application",
      "aria-roledescription": "flame graph",
      "aria-label": "Flame graph. Arrow keys move between frames, Enter zooms in, Backspace zooms out.",
    });
    this.status = el("p", { class: "off-screen", role: "status" });
    this.spacer = el("div", { class: "flame-spacer" }, this.canvas);
    this.scroller = el("div", { class: "flame-scroller" }, this.spacer);
    this.path = el("div", { class: "flame-path" });
    this.tip = el("div", { class: "view-tip", hidden: true });
    this.note = el("p", { class: "flame-note", hidden: true });
    this.element = el("div", { class: "flame-view" }, this.path, this.note, this.scroller, this.tip, this.status);
    /** @type {import("../model/flame.js").Flame | null} */
    this.flame = null;
    /** @type {import("../model/trace.js").Trace | null} */
    this.trace = null;
    /**
     * The frame that fills the width.
     * @type {Frame | null}
     */
    this.root = null;
    /**
     * The frame under the pointer, or selected by the arrow keys.
     * @type {Frame | null}
     */
    this.marked = null;
    this.scroller.addEventListener("scroll", () => this.#paint(), { passive: true });
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#unhover());
    this.canvas.addEventListener("click", (event) => this.#enter(this.#frameAt(event)));
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  show() {
    const { screen } = this;
    if (this.trace !== screen.trace) {
      const flame = flameOf(screen.trace, screen.self);
      const [older, newer] = [this.trace?.services ?? [], screen.trace.services];
      this.root = this.root ? flame.like(this.root, older, newer) : flame.top;
      this.marked = null;
      this.trace = screen.trace;
      this.flame = flame;
    }
    this.spacer.style.setProperty("height", `${(this.flame?.levels.length ?? 0) * LEVEL_PX + 2 * FIRST_PX}px`);
    this.#showPath();
    this.#showNote();
    this.#paint();
  }

  /** What the graph cannot draw: time between spans, and spans without width. */
  #showNote() {
    const { trace } = this.screen;
    const queues = queuesText(trace);
    const undrawn = this.flame?.undrawn(trace) ?? 0;
    const parts = [
      ...(queues ? [el("span", {}, `Not drawn, because no span covers it: ${queues}.`)] : []),
      ...(undrawn > 0
        ? [
          el(
            "span",
            {},
            `${plural(undrawn, "span")} not drawn: neither they nor their descendants have self time.`,
          ),
        ]
        : []),
    ];
    this.note.hidden = parts.length === 0;
    fill(this.note, ...parts);
  }

  #showPath() {
    /** @type {Frame[]} */
    const path = [];
    for (let frame = this.root; frame && frame.parent; frame = frame.parent) path.unshift(frame);
    const shown = path.slice(-4);
    const step = (/** @type {string} */ label, /** @type {Frame | null} */ frame) => {
      const title = frame?.parent ? this.#fullName(frame) : null;
      const button = el("button", { type: "button", class: "link-button", title }, label);
      button.addEventListener("click", () => this.#zoom(frame));
      return button;
    };
    fill(
      this.path,
      step("Whole trace", this.flame?.top ?? null),
      ...shown.flatMap((frame) => [el("span", { class: "muted" }, "›"), step(this.#label(frame), frame)]),
      el(
        "span",
        { class: "muted flame-hint" },
        "Width: self time including descendants. Calls with the same path are merged. Click or press Enter to zoom.",
      ),
    );
  }

  /** @param {Frame} frame */
  #label(frame) {
    const { trace } = this.screen;
    return labelOf(frame, trace.services, shortNames(trace));
  }

  /** @param {Frame} frame */
  #fullName(frame) {
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
    if (!flame || !root) return;
    const { trace, selected } = this.screen;
    const top = this.scroller.scrollTop;
    paintFlame(this.canvas, {
      flame,
      root,
      marked: this.marked,
      selected: selected >= 0 ? flame.frames[selected] ?? null : null,
      found: flame.framesOf(this.screen.search.found),
      trace,
      top,
      width: this.scroller.clientWidth,
      height: this.scroller.clientHeight,
      font: getComputedStyle(this.element).fontFamily,
    });
  }

  /** @param {PointerEvent | MouseEvent} event */
  #frameAt(event) {
    if (!this.flame || !this.root) return null;
    const box = this.canvas.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top - FIRST_PX + this.scroller.scrollTop) / LEVEL_PX);
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
    if (frame !== this.marked) {
      this.marked = frame;
      this.#paint();
      fill(
        this.tip,
        el("strong", {}, this.#fullName(frame)),
        ...this.#tooltipLines(frame).map((line) => el("div", {}, line)),
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
    if (!this.marked) return;
    this.marked = null;
    this.#paint();
  }

  /** @param {Frame} frame */
  #tooltipLines(frame) {
    const { trace, self } = this.screen;
    return frameLines(trace, frame, totalSelfTime(trace, self));
  }

  /** @param {Frame | null} frame */
  #enter(frame) {
    if (!frame) return;
    this.#zoom(frame);
    this.open(frame.longest);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { flame, root, marked } = this;
    if (!flame || !root || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    if (direction) {
      this.#mark(
        marked
          ? neighbour(flame, marked, direction)
          : flame.levels[Math.max(0, root.depth)]?.find((frame) => frame === root || frame.parent === root) ?? null,
      );
    } else if (event.key === "Enter") this.#enter(marked);
    else if (event.key === "Backspace" && root.parent) this.#zoom(root.parent);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Scrolls to the frame of the selected span, which is outlined; zooms out if it lies beside the zoomed frame. */
  reveal() {
    const frame = this.flame?.frames[this.screen.selected];
    if (!frame) return;
    const isWithin = (/** @type {Frame | null} */ of) => {
      for (let at = of; at; at = at.parent) if (at === this.root) return true;
      return false;
    };
    if (!isWithin(frame)) this.#zoom(this.flame?.top ?? null);
    this.#scrollTo(frame);
    this.#paint();
  }

  /** @param {Frame} frame */
  #scrollTo({ depth }) {
    const y = depth * LEVEL_PX;
    if (y < this.scroller.scrollTop || y + 2 * LEVEL_PX > this.scroller.scrollTop + this.scroller.clientHeight) {
      this.scroller.scrollTop = y - this.scroller.clientHeight / 2;
    }
  }

  /** @param {Frame | null} frame */
  #mark(frame) {
    if (!frame) return;
    this.marked = frame;
    this.#scrollTo(frame);
    this.#paint();
    setText(this.status, [this.#label(frame), ...this.#tooltipLines(frame)].join(", "));
  }
}
