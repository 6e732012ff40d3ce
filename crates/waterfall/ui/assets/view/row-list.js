// Virtualized list of rows: only as many elements as fit the window exist, so 100,000 rows cost as much as forty.

import { indentFor, shallowestDepth } from "../model/tree-lines.js";
import { el, setAttribute } from "./dom.js";
import { SpanRow } from "./span-row.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("./span-row.js").RowLayout} RowLayout */

/** Extra rows above and below the visible ones, so that fast scrolling shows no blanks. */
const OVERSCAN = 6;
/** Browsers limit an element's height to some 17 million pixels; longer lists scroll proportionally. */
const MAX_LIST_PX = 15_000_000;
/** Below this width the name is placed above its bar. */
export const NARROW_PX = 720;

/**
 * @typedef {object} RowHooks
 * @property {(row: number) => void} select
 * @property {(row: number, whole: boolean) => void} toggle
 * @property {(row: number) => void} open
 */

export class RowList {
  /**
   * @param {HTMLElement} scroller
   * @param {TraceScreen} screen
   * @param {RowHooks} hooks
   */
  constructor(scroller, screen, hooks) {
    this.scroller = scroller;
    this.screen = screen;
    this.hooks = hooks;
    this.spacer = el("div", { class: "spacer", role: "presentation" });
    this.layer = el("div", { class: "row-layer", role: "presentation" });
    this.spacer.append(this.layer);
    scroller.append(this.spacer);
    /** @type {SpanRow[]} */
    this.pool = [];
    /** The row index that each pool element shows. */
    this.drawn = new Int32Array(0);
    this.nameWidth = 400;
    this.viewHeight = 0;
    /** @type {RowLayout} */
    this.layout = {
      height: 28,
      middle: 14,
      axisWidth: 600,
      indent: { step: 15, base: 0, isRelative: false, columns: 1 },
    };
    this.narrow = false;
    /** Pixels below the last row, so that a list shorter than the window can keep a row in its place. */
    this.slack = 0;
    this.frame = 0;
    scroller.setAttribute("role", "treegrid");
    scroller.setAttribute("aria-label", "Spans of the trace");
    scroller.setAttribute("aria-colcount", "3");
    scroller.addEventListener("scroll", () => this.#schedule(), { passive: true });
    scroller.addEventListener("click", (event) => this.#clicked(event));
    scroller.addEventListener("dblclick", (event) => this.#doubleClicked(event));
  }

  /**
   * Measures the window; call `draw` afterwards.
   * @param {number} nameWidth width of the name column
   * @param {number} durationWidth
   */
  measure(nameWidth, durationWidth) {
    const width = this.scroller.clientWidth;
    this.viewHeight = this.scroller.clientHeight;
    this.slack = 0;
    this.narrow = width < NARROW_PX;
    this.nameWidth = this.narrow ? width - 90 : nameWidth;
    this.layout.height = this.narrow ? 42 : 28;
    this.layout.middle = this.narrow ? 13 : 14;
    this.layout.axisWidth = Math.max(60, this.narrow ? width - 24 : width - nameWidth - durationWidth - 20);
  }

  #schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.#draw(false);
    });
  }

  /** Redraws everything. */
  draw() {
    this.#draw(true);
  }

  get #height() {
    return this.screen.outline.count * this.layout.height;
  }

  /** Scroll position in a list of full height. */
  get #top() {
    const { scroller, viewHeight } = this;
    if (this.#height <= MAX_LIST_PX) return scroller.scrollTop;
    return (scroller.scrollTop / (MAX_LIST_PX - viewHeight)) * (this.#height - viewHeight);
  }

  /** @param {boolean} everything */
  #draw(everything) {
    const { screen, layout, viewHeight } = this;
    const { outline, trace } = screen;
    if (everything) {
      this.#sizeSpacer();
      setAttribute(this.scroller, "aria-rowcount", String(outline.count));
      this.#sizePool();
    }
    const top = this.#top;
    // Only a proportionally scrolled list has a layer that moves against its scroll position.
    this.layer.style.setProperty(
      "transform",
      this.#height <= MAX_LIST_PX ? "none" : `translateY(${this.scroller.scrollTop - top}px)`,
    );
    const first = Math.max(0, Math.floor(top / layout.height) - OVERSCAN);
    const last = Math.min(outline.count, Math.ceil((top + viewHeight) / layout.height) + OVERSCAN);
    const inView = Math.max(0, Math.floor(top / layout.height));
    const afterView = Math.min(outline.count, Math.ceil((top + viewHeight) / layout.height));
    const shallowest = shallowestDepth(outline, inView, afterView);
    const indent = indentFor(trace.maxDepth, this.nameWidth * 0.5, shallowest);
    const redraw = everything || indent.base !== layout.indent.base;
    layout.indent = indent;
    const size = this.pool.length;
    for (let slot = 0; slot < size; slot += 1) {
      // The slot shows the index in first..last with the same remainder.
      const index = first + ((((slot - first) % size) + size) % size);
      const element = this.pool[slot];
      if (index >= last) {
        if (this.drawn[slot] !== -1) {
          element.element.hidden = true;
          element.element.removeAttribute("id");
          element.row = -1;
          this.drawn[slot] = -1;
        }
        continue;
      }
      if (!redraw && this.drawn[slot] === index) continue;
      element.update(screen, index, outline.rows[index], layout);
      element.element.hidden = false;
      this.drawn[slot] = index;
    }
    this.#markActive();
  }

  #sizeSpacer() {
    this.spacer.style.setProperty("height", `${Math.min(this.#height, MAX_LIST_PX) + this.slack}px`);
  }

  #sizePool() {
    const wanted = Math.ceil(this.viewHeight / this.layout.height) + 2 * OVERSCAN + 2;
    while (this.pool.length < wanted) {
      const row = new SpanRow();
      this.pool.push(row);
      this.layer.append(row.element);
    }
    while (this.pool.length > wanted) this.pool.pop()?.element.remove();
    if (this.drawn.length !== wanted) this.drawn = new Int32Array(wanted).fill(-2);
  }

  /** The list keeps the focus; the selected row is its active descendant while visible. */
  #markActive() {
    const { selected } = this.screen;
    const shown = selected >= 0 && this.pool.some(({ row }) => row === selected);
    setAttribute(this.scroller, "aria-activedescendant", shown ? `row-${selected}` : null);
  }

  /** @param {(row: number) => boolean} wanted */
  isAnyInView(wanted) {
    const { height } = this.layout;
    const first = Math.ceil(this.#top / height);
    const last = Math.floor((this.#top + this.viewHeight) / height);
    return this.screen.outline.rows.subarray(first, Math.min(last, this.screen.outline.count)).some(wanted);
  }

  /**
   * Scrolls a row into view.
   * @param {number} row
   * @param {"nearest" | "center"} where
   */
  reveal(row, where) {
    const index = this.screen.outline.indexOf(row);
    if (index < 0) return;
    const { height } = this.layout;
    const top = index * height;
    const now = this.#top;
    const air = height;
    if (
      top >= now + (where === "center" ? 0 : air) &&
      top + height <= now + this.viewHeight - (where === "center" ? 0 : air)
    ) return;
    let target = top - this.viewHeight / 2;
    if (where === "nearest") target = top < now + air ? top - air : top + height + air - this.viewHeight;
    this.#scrollTo(target);
  }

  /** @param {number} target in a list of full height */
  #scrollTo(target) {
    const most = Math.max(0, this.#height + this.slack - this.viewHeight);
    const top = Math.min(Math.max(0, target), most);
    this.scroller.scrollTop = this.#height <= MAX_LIST_PX ? top : (top / most) * (MAX_LIST_PX - this.viewHeight);
  }

  /**
   * The row under the pointer, else the topmost one of a scrolled list: it keeps its place when rows change.
   * @returns {{ id: string, y: number } | null} its key, and where it is in the window
   */
  anchor() {
    const { outline, trace } = this.screen;
    const top = this.#top;
    const pointed = this.pool.find(({ row, element }) => row >= 0 && element.matches(":hover"));
    if (!pointed && top === 0) return null;
    const index = pointed ? outline.indexOf(pointed.row) : Math.floor(top / this.layout.height);
    const row = outline.rowAt(index);
    const y = this.scroller.getBoundingClientRect().top + index * this.layout.height - top;
    return row < 0 ? null : { id: trace.keyOf(row), y };
  }

  /** @param {{ id: string, y: number } | null} anchor */
  restore(anchor) {
    const index = anchor ? this.screen.outline.indexOf(this.screen.trace.rowOf(anchor.id)) : -1;
    if (!anchor || index < 0) return;
    const target = index * this.layout.height + this.scroller.getBoundingClientRect().top - anchor.y;
    if (this.#height <= MAX_LIST_PX) {
      this.slack = Math.max(0, target + this.viewHeight - this.#height);
      this.#sizeSpacer();
    }
    this.#scrollTo(target);
  }

  /** Number of rows per page. */
  get page() {
    return Math.max(1, Math.floor(this.viewHeight / this.layout.height) - 1);
  }

  /**
   * @param {EventTarget | null} target
   * @returns {number} the row of the trace, or -1
   */
  rowFrom(target) {
    const element = target instanceof Element ? target.closest(".row") : null;
    return this.pool.find((row) => row.element === element)?.row ?? -1;
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const row = this.rowFrom(event.target);
    if (row < 0) return;
    const onTwist = event.target instanceof Element && event.target.closest(".twist, .hidden-count") !== null;
    if (onTwist && this.screen.outline.isParent(row)) this.hooks.toggle(row, event.altKey);
    else this.hooks.open(row);
  }

  /** @param {MouseEvent} event */
  #doubleClicked(event) {
    const row = this.rowFrom(event.target);
    const onName = event.target instanceof Element && event.target.closest(".name-cell") !== null &&
      event.target.closest(".twist") === null;
    if (row >= 0 && onName && this.screen.outline.isParent(row)) this.hooks.toggle(row, false);
  }
}
