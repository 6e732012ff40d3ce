// State of the trace page, without any DOM: views read the rows from it and draw them. Everything that survives a live
// update (selection, collapsed rows, zoom, search) is kept here.

import { traceInsights } from "./insights.js";
import { Outline } from "./outline.js";
import { SpanSearch } from "./span-search.js";
import { TimeWindow } from "./time-window.js";
import { Trace } from "./trace.js";

/** @typedef {import("./insights.js").Insights} Insights */
/** @typedef {typeof VIEWS[number]} ViewName */

export const VIEWS = /** @type {const} */ (["waterfall", "flame", "table", "graph", "logs", "compare"]);

export class TraceScreen {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** Times by the root's clock are wanted. The trace has them once the server has answered. */
    this.corrected = trace.corrected;
    /** @type {Insights} */
    this.insights = traceInsights(trace);
    this.outline = new Outline(trace);
    this.window = new TimeWindow(trace.duration);
    this.showCritical = true;
    /** The selected row, or -1. */
    /**
     * The time range that is marked on the time axis, until another span is selected.
     * @type {{ from: number, to: number } | null}
     */
    this.marked = null;
    this.selected = -1;
    this.detailsOpen = false;
    /** @type {ViewName} */
    this.view = "waterfall";
    /**
     * ID of the trace to compare with.
     * @type {string | null}
     */
    this.compareWith = null;
    /**
     * Names of the highlighted services; empty highlights all.
     * @type {Set<string>}
     */
    this.focus = new Set();
    this.search = new SpanSearch();
    /**
     * Index of attributes and events, once loaded.
     * @type {import("./span-index.js").SpanIndex | null}
     */
    this.index = null;
    /**
     * Log records, once loaded.
     * @type {import("./logs.js").TraceLogs | null}
     */
    this.logs = null;
    /**
     * What the doctor says, once loaded.
     * @type {import("./findings.js").TraceFindings | null}
     */
    this.findings = null;
    /**
     * ID of a span to select when it arrives.
     * @type {string | null}
     */
    this.pendingSpanId = null;
  }

  get self() {
    return this.trace.self;
  }

  get critical() {
    return this.trace.critical;
  }

  /** Stretches to draw: by clocks that differ, there is no place where nothing ran. */
  get idle() {
    const { clocks, corrected, idle } = this.trace;
    return clocks.length === 0 || corrected ? idle : [];
  }

  /**
   * Replaces the trace by a newer version, or by one by other clocks, keeping selection, zoom and search.
   * @param {Trace} trace
   */
  update(trace) {
    const older = this.outline;
    const selectedId = this.selected >= 0 ? this.trace.keyOf(this.selected) : this.pendingSpanId;
    const whole = this.window.isWhole && trace.corrected !== this.trace.corrected;
    this.trace = trace;
    this.insights = traceInsights(trace);
    this.outline = new Outline(trace);
    this.outline.inherit(older);
    this.index = null;
    this.search.forget();
    this.window.retarget(trace.duration);
    if (whole) this.window.reset();
    this.selected = -1;
    if (selectedId) this.goToId(selectedId);
    this.find(this.search.text);
  }

  // Selection ---------------------------------------------------------------

  /**
   * Marks a time range of the selected span on the time axis, and shows all of the trace if it lies outside.
   * @param {number} from
   * @param {number} to
   */
  mark(from, to) {
    this.marked = { from, to };
    if (to <= this.window.from || from >= this.window.to) this.window.reset();
  }

  /** @param {number} row */
  select(row) {
    if (row !== this.selected) this.marked = null;
    if (row < 0 || row >= this.trace.count) {
      this.selected = -1;
      return;
    }
    this.selected = row;
    this.pendingSpanId = null;
  }

  /**
   * Selects a row and expands its ancestors.
   * @param {number} row
   */
  goTo(row) {
    if (row < 0 || row >= this.trace.count) return;
    if (this.outline.kept && this.outline.kept[row] === 0) this.showOnlyMatches(false);
    if (!this.outline.isShown(row)) this.outline.reveal(row);
    this.select(row);
  }

  /**
   * Selects a span by its id, or as soon as it arrives.
   * @param {string} id
   */
  goToId(id) {
    const row = this.trace.rowOf(id);
    if (row >= 0) this.goTo(row);
    else this.pendingSpanId = id;
  }

  /**
   * Moves the selection by a number of visible rows.
   * @param {number} by
   */
  move(by) {
    const { outline } = this;
    if (outline.count === 0) return;
    const at = this.selected < 0 ? -1 : outline.indexOf(this.selected);
    const next = at < 0 ? (by > 0 ? 0 : outline.count - 1) : Math.min(Math.max(0, at + by), outline.count - 1);
    this.select(outline.rowAt(next));
  }

  selectFirst() {
    this.select(this.outline.rowAt(0));
  }

  selectLast() {
    this.select(this.outline.rowAt(this.outline.count - 1));
  }

  /** Tree navigation to the left: collapses the row, or goes to its parent. */
  stepOut() {
    const row = this.selected;
    if (row < 0) return this.move(1);
    if (this.outline.isParent(row) && !this.outline.isCollapsed(row)) this.outline.set(row, true);
    else if (this.trace.parent[row] >= 0) this.select(this.trace.parent[row]);
  }

  /** Tree navigation to the right: expands the row, or goes to its first child. */
  stepIn() {
    const row = this.selected;
    if (row < 0) return this.move(1);
    if (!this.outline.isParent(row)) return;
    if (this.outline.isCollapsed(row)) this.outline.set(row, false);
    else this.move(1);
  }

  // Outline -----------------------------------------------------------------

  /** @param {number} row */
  toggle(row) {
    this.outline.set(row, !this.outline.isCollapsed(row));
    this.#selectShown();
  }

  /** @param {number} row */
  toggleSubtree(row) {
    this.outline.setSubtree(row, !this.outline.isCollapsed(row));
    this.#selectShown();
  }

  /** @param {number} levels */
  toDepth(levels) {
    this.outline.toDepth(Math.max(1, levels));
    this.#selectShown();
  }

  expandAll() {
    this.outline.expandAll();
  }

  collapseAll() {
    this.outline.collapseAll();
    this.#selectShown();
  }

  /** If the selected row was hidden, selects its nearest visible ancestor. */
  #selectShown() {
    if (this.selected < 0 || this.outline.isShown(this.selected)) return;
    this.select(this.outline.rowAt(this.outline.indexOf(this.selected)));
  }

  // Search ------------------------------------------------------------------

  /** @param {string} text */
  find(text) {
    this.search.run(text, this.trace, this.self, this.index);
    this.#keepFound();
  }

  /** @param {import("./span-index.js").SpanIndex} index */
  setIndex(index) {
    this.index = index;
    this.find(this.search.text);
  }

  /**
   * Takes the server's answer to one term of the search.
   * @param {import("./query.js").Term} term
   * @param {unknown} keys of the spans
   */
  setAnswer(term, keys) {
    this.search.answers.add(term, keys, this.trace);
    this.find(this.search.text);
  }

  /** @param {boolean} only hide rows that do not match */
  showOnlyMatches(only) {
    this.search.only = only;
    this.#keepFound();
    this.#selectShown();
  }

  #keepFound() {
    this.outline.keepOnly(this.search.only ? this.search.found : null);
  }

  /**
   * @param {1 | -1} direction
   * @returns {boolean} whether there is one
   */
  goToMatch(direction) {
    return this.#goToNext(direction, (row) => this.search.has(row));
  }

  /**
   * Goes to the root cause first, then from error to error.
   * @param {1 | -1} direction
   * @returns {boolean} whether there is one
   */
  goToError(direction) {
    const { rootCause } = this.trace;
    if (this.selected < 0 && rootCause >= 0) {
      this.goTo(rootCause);
      return true;
    }
    return this.#goToNext(direction, (row) => this.trace.isError(row));
  }

  /**
   * @param {1 | -1} direction
   * @param {(row: number) => boolean} wanted
   */
  #goToNext(direction, wanted) {
    const { count } = this.trace;
    const start = this.selected < 0 ? (direction > 0 ? -1 : count) : this.selected;
    for (let step = 1; step <= count; step += 1) {
      const row = (((start + direction * step) % count) + count) % count;
      if (!wanted(row)) continue;
      this.goTo(row);
      return true;
    }
    return false;
  }

  /**
   * Whether a row is dimmed: it does not match the search, or its service is not highlighted.
   * @param {number} row
   */
  isDimmed(row) {
    if (this.search.found && !this.search.has(row)) return true;
    return this.focus.size > 0 && !this.focus.has(this.trace.serviceOf(row));
  }

  /**
   * Whether the search, if any, finds a log record: by its own text or by its span.
   * @param {import("./logs.js").LogRecord} log
   */
  isLogFound(log) {
    return this.search.found === null || this.search.has(this.trace.rowOf(log.spanId)) || this.search.hasLog(log);
  }

  /** @param {string} service */
  toggleFocus(service) {
    if (!this.focus.delete(service)) this.focus.add(service);
  }

  // Zoom --------------------------------------------------------------------

  /** @param {number} factor below 1 zooms in; centered on the selected span if it is visible */
  zoomBy(factor) {
    const { window, selected, trace } = this;
    let around = (window.from + window.to) / 2;
    if (selected >= 0) {
      const middle = (trace.start[selected] + trace.endOf(selected)) / 2;
      if (middle >= window.from && middle <= window.to) around = middle;
    }
    window.zoom(factor, around);
  }

  zoomToSelected() {
    if (this.selected >= 0) this.window.fit(this.trace.start[this.selected], this.trace.endOf(this.selected));
  }
}
