// What the trace page shows and what can be done to it, without any DOM: the page asks this for rows and
// draws them. Everything that survives a live update (selection, collapsed rows, zoom, search) lives here.

import { CriticalPath, criticalPath } from "./critical-path.js";
import { findings } from "./findings.js";
import { Outline } from "./outline.js";
import { asksAttributes, matches, parseQuery } from "./query.js";
import { selfTimes } from "./self-time.js";
import { spanSubject } from "./span-subject.js";
import { TimeWindow } from "./time-window.js";
import { Trace } from "./trace.js";

/** @typedef {import("./findings.js").Findings} Findings */
/** @typedef {typeof VIEWS[number]} ViewName */

export const VIEWS = /** @type {const} */ (["waterfall", "flame", "table", "graph", "compare"]);

export class TraceScreen {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    this.self = selfTimes(trace);
    /** @type {Findings} */
    this.findings = findings(trace, this.self);
    this.outline = new Outline(trace);
    this.window = new TimeWindow(trace.duration);
    /** @type {CriticalPath | null} */
    this.critical = null;
    this.showCritical = true;
    /** The selected row, or -1. */
    this.selected = -1;
    this.detailsOpen = false;
    /** @type {ViewName} */
    this.view = "waterfall";
    /**
     * The id of the trace to compare with.
     * @type {string | null}
     */
    this.compareWith = null;
    /**
     * Services in focus by name; empty for all.
     * @type {Set<string>}
     */
    this.focus = new Set();
    this.queryText = "";
    /** @type {string | null} */
    this.queryProblem = null;
    /**
     * 1 for each row that the search finds; null while nothing is sought.
     * @type {Uint8Array | null}
     */
    this.found = null;
    this.foundCount = 0;
    this.onlyFound = false;
    /**
     * What attributes and events say, once it was fetched.
     * @type {import("./span-index.js").SpanIndex | null}
     */
    this.index = null;
    /** Whether the search would find more if `index` were there. */
    this.wantsIndex = false;
    /**
     * What a deep link asked for and has not come yet: a span's id.
     * @type {string | null}
     */
    this.wanted = null;
  }

  /**
   * Takes a newer version of the trace and keeps the reader's place.
   * @param {Trace} trace
   */
  update(trace) {
    const older = this.outline;
    const selectedId = this.selected >= 0 ? this.trace.keyOf(this.selected) : this.wanted;
    this.trace = trace;
    this.self = selfTimes(trace);
    this.findings = findings(trace, this.self);
    this.outline = new Outline(trace);
    this.outline.inherit(older);
    this.critical = null;
    this.index = null;
    this.window.retarget(trace.duration);
    this.selected = -1;
    if (selectedId) this.#selectId(selectedId);
    this.search(this.queryText);
  }

  /** The critical path, worked out when it is first asked for. */
  criticalPath() {
    if (this.critical === null) {
      this.critical = criticalPath(this.trace, this.trace.root);
      this.findings = findings(this.trace, this.critical.time);
    }
    return this.critical;
  }

  // Selection ---------------------------------------------------------------

  /** @param {number} row */
  select(row) {
    if (row < 0 || row >= this.trace.count) {
      this.selected = -1;
      return;
    }
    this.selected = row;
    this.wanted = null;
  }

  /**
   * Selects a row and opens what hides it.
   * @param {number} row
   */
  goTo(row) {
    if (row < 0 || row >= this.trace.count) return;
    if (this.outline.kept && this.outline.kept[row] === 0) this.showOnlyFound(false);
    if (!this.outline.isShown(row)) this.outline.reveal(row);
    this.select(row);
  }

  /** @param {string} id */
  #selectId(id) {
    const row = this.trace.rowOf(id);
    if (row >= 0) this.goTo(row);
    else this.wanted = id;
  }

  /**
   * Moves the selection over the rows shown.
   * @param {number} by
   */
  move(by) {
    const { outline } = this;
    if (outline.count === 0) return;
    const at = this.selected < 0 ? -1 : outline.indexOf(this.selected);
    const next = at < 0 ? (by > 0 ? 0 : outline.count - 1) : Math.min(Math.max(0, at + by), outline.count - 1);
    this.select(outline.rowAt(next));
  }

  moveToFirst() {
    this.select(this.outline.rowAt(0));
  }

  moveToLast() {
    this.select(this.outline.rowAt(this.outline.count - 1));
  }

  /** Left of a tree: collapses the row, or goes to its parent. */
  stepOut() {
    const row = this.selected;
    if (row < 0) return this.move(1);
    if (this.outline.isParent(row) && !this.outline.isCollapsed(row)) this.outline.set(row, true);
    else if (this.trace.parent[row] >= 0) this.select(this.trace.parent[row]);
  }

  /** Right of a tree: expands the row, or goes to its first child. */
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

  /** A row that collapsing hid hands the selection to the ancestor that hides it. */
  #selectShown() {
    if (this.selected < 0 || this.outline.isShown(this.selected)) return;
    this.select(this.outline.rowAt(this.outline.indexOf(this.selected)));
  }

  // Search ------------------------------------------------------------------

  /** @param {string} text */
  search(text) {
    this.queryText = text;
    const query = parseQuery(text);
    this.queryProblem = query.problem;
    this.wantsIndex = this.index === null && asksAttributes(query);
    if (query.terms.length === 0) {
      this.found = null;
      this.foundCount = 0;
    } else {
      const found = new Uint8Array(this.trace.count);
      const subject = spanSubject(this.trace, this.self, this.index);
      this.foundCount = 0;
      for (let row = 0; row < this.trace.count; row += 1) {
        if (this.trace.gap[row] === 1 || !matches(query, subject.at(row))) continue;
        found[row] = 1;
        this.foundCount += 1;
      }
      this.found = found;
    }
    this.outline.keepOnly(this.onlyFound ? this.found : null);
  }

  /** @param {import("./span-index.js").SpanIndex} index */
  learn(index) {
    this.index = index;
    this.search(this.queryText);
  }

  /** @param {boolean} only hide what the search does not find */
  showOnlyFound(only) {
    this.onlyFound = only;
    this.outline.keepOnly(only ? this.found : null);
    this.#selectShown();
  }

  /**
   * @param {1 | -1} direction
   * @returns {boolean} whether there is one
   */
  goToFound(direction) {
    const { found } = this;
    return found !== null && this.#goToNext(direction, (row) => found[row] === 1);
  }

  /**
   * @param {1 | -1} direction
   * @returns {boolean} whether there is one
   */
  goToError(direction) {
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

  /** Which of the found rows the selected one is, from 1; 0 where it is none of them. */
  get foundPlace() {
    if (!this.found || this.selected < 0 || this.found[this.selected] === 0) return 0;
    let place = 0;
    for (let row = 0; row <= this.selected; row += 1) place += this.found[row];
    return place;
  }

  /**
   * Whether a row stands back: a service is in focus or something is sought, and it is not that.
   * @param {number} row
   */
  isDimmed(row) {
    if (this.found && this.found[row] === 0) return true;
    return this.focus.size > 0 && !this.focus.has(this.trace.serviceOf(row));
  }

  /** @param {string} service */
  toggleFocus(service) {
    if (!this.focus.delete(service)) this.focus.add(service);
  }

  // Zoom --------------------------------------------------------------------

  /** @param {number} factor below 1 comes nearer; around the selected span where it is in sight */
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

  // Deep links --------------------------------------------------------------

  /** @returns {URLSearchParams} what of this a link carries */
  toParams() {
    const params = new URLSearchParams();
    const id = this.selected >= 0 ? this.trace.keyOf(this.selected) : this.wanted;
    if (id) params.set("span", id);
    if (this.detailsOpen && id) params.set("details", "");
    if (!this.window.isWhole) {
      params.set("from", String(Math.round(this.window.from)));
      params.set("to", String(Math.round(this.window.to)));
    }
    if (this.view !== "waterfall") params.set("view", this.view);
    if (this.compareWith) params.set("with", this.compareWith);
    if (this.queryText) params.set("find", this.queryText);
    if (this.focus.size > 0) params.set("services", [...this.focus].join(","));
    return params;
  }

  /** @param {URLSearchParams} params */
  fromParams(params) {
    const from = Number(params.get("from") ?? Number.NaN);
    const to = Number(params.get("to") ?? Number.NaN);
    if (to > from) this.window.show(from, to);
    for (const service of (params.get("services") ?? "").split(",")) if (service) this.focus.add(service);
    this.view = VIEWS.find((view) => view === params.get("view")) ?? "waterfall";
    const other = (params.get("with") ?? "").toLowerCase();
    this.compareWith = /^[0-9a-f]{1,32}$/.test(other) ? other : null;
    const find = params.get("find");
    if (find) this.search(find);
    const span = params.get("span");
    if (span) {
      this.#selectId(span);
      this.detailsOpen = params.has("details");
    }
  }
}
