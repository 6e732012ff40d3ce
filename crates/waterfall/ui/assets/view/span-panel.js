// Loads and caches the data of the selected span for the details panel.

import { readMetrics } from "../model/metrics.js";
import { readSpanDetails } from "../model/span-details.js";
import { getMetrics, getSpan, NotFound } from "../net/api.js";
import { AttributeFilter } from "./attribute-filter.js";
import { showDetails } from "./details-panel.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */
/** @typedef {import("./details-panel.js").DetailsHooks} DetailsHooks */

/** Number of spans whose details are cached. */
const MAX_CACHED = 200;
/** Delay before loading, so that holding an arrow key does not load every row. */
const DEBOUNCE_MILLIS = 40;
/** Operation metrics change slowly. */
const METRICS_MILLIS = 30_000;

export class SpanPanel {
  /**
   * @param {HTMLElement} element
   * @param {TraceScreen} screen
   * @param {Omit<DetailsHooks, "filter">} hooks
   */
  constructor(element, screen, hooks) {
    this.element = element;
    this.screen = screen;
    this.hooks = { ...hooks, filter: new AttributeFilter() };
    /**
     * Details by span and version of the trace.
     * @type {Map<string, SpanDetails>}
     */
    this.cache = new Map();
    /** Key of the span and version that the panel shows. */
    this.shown = "";
    /**
     * The last details shown, until those of a newer version of the same span arrive.
     * @type {{ span: string, details: SpanDetails } | null}
     */
    this.last = null;
    /**
     * Error message, if loading failed.
     * @type {string | null}
     */
    this.problem = null;
    this.timer = 0;
    this.abort = new AbortController();
    /**
     * Metrics of all operations.
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
    const known = this.cache.get(key) ?? null;
    void this.#loadMetrics(key);
    this.#draw(known ?? this.#older(), null);
    if (known || trace.placeholder[row] === 1) return;
    this.abort = new AbortController();
    this.timer = setTimeout(() => void this.#load(row, key, this.abort.signal), DEBOUNCE_MILLIS);
  }

  /** Redraws after a change of something else: log records, time zone. */
  redraw() {
    if (this.shown) this.#draw(this.cache.get(this.shown) ?? this.#older(), this.problem);
  }

  /** What is known of an older version of the span. */
  #older() {
    const { trace, selected } = this.screen;
    return this.last?.span === trace.keyOf(selected) ? this.last.details : null;
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
      if (this.cache.size >= MAX_CACHED) this.cache.clear();
      this.cache.set(key, details);
      if (key === this.shown) this.#draw(details, null);
    } catch (error) {
      if (signal.aborted || key !== this.shown) return;
      const why = error instanceof NotFound
        ? "the server no longer has this span"
        : error instanceof Error
        ? error.message
        : String(error);
      this.#draw(this.#older(), `The attributes could not be loaded: ${why}.`);
    }
  }

  /**
   * @param {SpanDetails | null} details
   * @param {string | null} problem
   */
  #draw(details, problem) {
    this.problem = problem;
    const { trace, selected } = this.screen;
    if (details) this.last = { span: trace.keyOf(selected), details };
    showDetails(this.element, this.screen, { details, problem, metrics: this.metrics }, this.hooks);
  }

  /** @param {string} key key of the panel when the request started */
  async #loadMetrics(key) {
    if (performance.now() - this.metricsRequestedAt < METRICS_MILLIS) return;
    this.metricsRequestedAt = performance.now();
    try {
      this.metrics = readMetrics(await getMetrics({ parts: 0 }));
      const known = this.cache.get(key);
      if (known && key === this.shown) this.#draw(known, null);
    } catch {
      // Metrics are optional.
    }
  }
}
