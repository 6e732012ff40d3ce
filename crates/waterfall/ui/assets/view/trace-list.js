// The trace list. A row keeps its element as long as its trace is listed, so focus and hover survive updates.

import { barScaleText, durationBarScale } from "../model/duration-bar.js";
import { COLUMN_CHARS, NARROW_CHARS, ShortNames } from "../model/short-names.js";
import { el, setText } from "./dom.js";
import { TraceListRow } from "./trace-list-row.js";

/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */

/** Rows are placed in slices of so many milliseconds, so that the page responds in between. */
const SLICE_MILLIS = 12;
/** A slice has at least so many rows: a window full, unless it is very high. */
const MIN_SLICE_ROWS = 30;

export class TraceList {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    /** @type {Map<string, TraceListRow>} */
    this.rows = new Map();
    this.scale = durationBarScale([]);
    this.list = el("div", { class: "trace-list-rows", role: "list", "aria-label": "Latest traces" });
    this.spansHead = el("span", {}, "Spans");
    this.scaleText = el("span", { class: "trace-list-scale" });
    element.append(
      el(
        "div",
        { class: "trace-list-head", "aria-hidden": "true" },
        el("span", {}, "Started"),
        el("span", {}, "Root span"),
        el("span", {}, "Services"),
        this.spansHead,
        el("span", { class: "trace-list-duration-head" }, this.scaleText, "Duration"),
      ),
      this.list,
    );
    this.first = true;
    this.timer = 0;
    this.byMouse = false;
    this.list.addEventListener("pointerenter", ({ pointerType }) => this.byMouse = pointerType !== "touch");
    this.list.addEventListener("pointerleave", () => this.byMouse = false);
  }

  /** @param {TraceSummary[]} traces newest first */
  show(traces) {
    const now = Date.now();
    this.scale = durationBarScale(traces.map(({ duration }) => duration));
    setText(this.scaleText, traces.length > 0 ? barScaleText(this.scale) : "");
    const kept = new Set(traces.map(({ id }) => id));
    const services = new Set(
      traces.flatMap((trace) => [trace.rootService, ...trace.services.map(({ name }) => name)]),
    );
    const rootNames = new Set(traces.map(({ rootName }) => rootName));
    // A span is often named after its service.
    const short = new ShortNames([...rootNames, ...services], [...services], NARROW_CHARS, COLUMN_CHARS);
    for (const [id, row] of this.rows) {
      if (kept.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    clearTimeout(this.timer);
    this.#place(traces, 0, short, now);
  }

  /**
   * Places rows until the browser needs a pause, and the others after it.
   * @param {TraceSummary[]} traces
   * @param {number} from
   * @param {ShortNames} short
   * @param {number} now in milliseconds
   */
  #place(traces, from, short, now) {
    const until = performance.now() + SLICE_MILLIS;
    let before = from === 0 ? null : this.rows.get(traces[from - 1].id)?.element ?? null;
    for (let at = from; at < traces.length; at += 1) {
      if (at - from >= MIN_SLICE_ROWS && performance.now() > until) {
        this.timer = setTimeout(() => this.#place(traces, at, short, now));
        return;
      }
      const row = this.#row(traces[at], short);
      const place = before ? before.nextElementSibling : this.list.firstElementChild;
      if (place !== row.element) this.list.insertBefore(row.element, place);
      row.refresh(this.scale, now);
      before = row.element;
    }
    this.first = false;
  }

  /**
   * @param {TraceSummary} trace
   * @param {ShortNames} short
   */
  #row(trace, short) {
    const known = this.rows.get(trace.id);
    if (known) {
      known.update(trace, short);
      return known;
    }
    const row = new TraceListRow(trace, short);
    if (!this.first) row.element.classList.add("fresh");
    this.rows.set(trace.id, row);
    return row;
  }

  /** Whether a mouse points at one of the rows; a finger leaves its hover behind. */
  get isPointedAt() {
    return this.byMouse && this.list.matches(":hover");
  }

  /** Whether the focus is on one of the rows. */
  get hasFocus() {
    return this.list.contains(document.activeElement);
  }

  /** Updates the relative times. */
  tick() {
    const now = Date.now();
    for (const row of this.rows.values()) row.refresh(this.scale, now);
  }

  /**
   * Moves the focus by a number of rows.
   * @param {number} by
   */
  move(by) {
    const rows = [...this.list.children];
    const at = rows.indexOf(/** @type {Element} */ (document.activeElement));
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(0, at + by), rows.length - 1)];
    if (next instanceof HTMLElement) next.focus();
  }
}
