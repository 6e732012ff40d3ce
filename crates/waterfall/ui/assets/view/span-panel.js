// Keeps the panel at the selected span: asks the server for it, and remembers what it said.

import { readMetrics } from "../model/metrics.js";
import { readSpanDetails } from "../model/span-details.js";
import { getMetrics, getSpan, NotFound } from "../net/api.js";
import { showDetails } from "./details-panel.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */
/** @typedef {import("./details-panel.js").DetailsHooks} DetailsHooks */

/** Details of so many spans are kept, so that going back and forth asks nobody. */
const MAX_CACHED = 200;
/** Whoever holds an arrow key passes many rows: only where they stay is asked for. */
const DEBOUNCE_MILLIS = 40;
/** The metrics of operations change slowly. */
const METRICS_MILLIS = 30_000;

export class SpanPanel {
  /**
   * @param {HTMLElement} element
   * @param {TraceScreen} screen
   * @param {DetailsHooks} hooks
   */
  constructor(element, screen, hooks) {
    this.element = element;
    this.screen = screen;
    this.hooks = hooks;
    /**
     * By span and version of the trace.
     * @type {Map<string, SpanDetails>}
     */
    this.known = new Map();
    /** What the panel shows: a span and a version of the trace. */
    this.shown = "";
    /**
     * Why the span's attributes could not be had.
     * @type {string | null}
     */
    this.problem = null;
    this.timer = 0;
    this.abort = new AbortController();
    /**
     * Of all operations that the server keeps.
     * @type {import("../model/metrics.js").Metrics | null}
     */
    this.metrics = null;
    this.metricsRequestedAt = -Infinity;
  }

  show() {
    const { screen } = this;
    const row = screen.selected;
    if (!screen.detailsOpen || row < 0) {
      this.shown = "";
      return;
    }
    const { trace } = screen;
    const key = `${trace.keyOf(row)} ${trace.version} ${trace.count} ${screen.corrected}`;
    if (key === this.shown) return;
    this.shown = key;
    clearTimeout(this.timer);
    this.abort.abort();
    const known = this.known.get(key) ?? null;
    void this.#loadMetrics(key);
    this.#draw(known, null);
    if (known || trace.placeholder[row] === 1) return;
    this.abort = new AbortController();
    this.timer = setTimeout(() => void this.#load(row, key, this.abort.signal), DEBOUNCE_MILLIS);
  }

  /** Something other than the span has changed: its logs, the zone of times. */
  redraw() {
    if (this.shown) this.#draw(this.known.get(this.shown) ?? null, this.problem);
  }

  /**
   * @param {number} row
   * @param {string} key
   * @param {AbortSignal} signal
   */
  async #load(row, key, signal) {
    const { trace } = this.screen;
    try {
      const details = readSpanDetails(await getSpan(trace.id, trace.ids[row], trace.occurrences.get(row) ?? 0, signal));
      if (this.known.size >= MAX_CACHED) this.known.clear();
      this.known.set(key, details);
      if (key === this.shown) this.#draw(details, null);
    } catch (error) {
      if (signal.aborted || key !== this.shown) return;
      const why = error instanceof NotFound
        ? "the server no longer has this span"
        : error instanceof Error
        ? error.message
        : String(error);
      this.#draw(null, `The attributes could not be loaded: ${why}.`);
    }
  }

  /**
   * @param {SpanDetails | null} details
   * @param {string | null} problem
   */
  #draw(details, problem) {
    this.problem = problem;
    showDetails(this.element, this.screen, { details, problem, metrics: this.metrics }, this.hooks);
  }

  /** @param {string} key what the panel shows while they are asked for */
  async #loadMetrics(key) {
    if (performance.now() - this.metricsRequestedAt < METRICS_MILLIS) return;
    this.metricsRequestedAt = performance.now();
    try {
      this.metrics = readMetrics(await getMetrics({ parts: 0 }));
      const known = this.known.get(key);
      if (known && key === this.shown) this.#draw(known, null);
    } catch {
      // The panel does without: they only add to it.
    }
  }
}
