// Keeps the panel at the selected span: asks the server for it, and remembers what it said.

import { readFigures } from "../model/figures.js";
import { readSpanDetails } from "../model/span-details.js";
import { getFigures, getSpan, NotFound } from "../net/api.js";
import { showDetails } from "./details-panel.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/span-details.js").SpanDetails} SpanDetails */
/** @typedef {import("./details-panel.js").DetailsHooks} DetailsHooks */

/** Details of so many spans are kept, so that going back and forth asks nobody. */
const MOST_KEPT = 200;
/** Whoever holds an arrow key passes many rows: only where they stay is asked for. */
const PASSING_MILLIS = 40;
/** The figures of operations change slowly. */
const FIGURES_MILLIS = 30_000;

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
    this.asking = new AbortController();
    /**
     * Of all operations that the server keeps.
     * @type {import("../model/figures.js").Figures | null}
     */
    this.figures = null;
    this.figuresAsked = -Infinity;
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
    this.asking.abort();
    const known = this.known.get(key) ?? null;
    void this.#askFigures(key);
    this.#draw(known, null);
    if (known || trace.gap[row] === 1) return;
    this.asking = new AbortController();
    this.timer = setTimeout(() => void this.#ask(row, key, this.asking.signal), PASSING_MILLIS);
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
  async #ask(row, key, signal) {
    const { trace } = this.screen;
    try {
      const details = readSpanDetails(await getSpan(trace.id, trace.ids[row], trace.occurrences.get(row) ?? 0, signal));
      if (this.known.size >= MOST_KEPT) this.known.clear();
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
    showDetails(this.element, this.screen, { details, problem, figures: this.figures }, this.hooks);
  }

  /** @param {string} key what the panel shows while they are asked for */
  async #askFigures(key) {
    if (performance.now() - this.figuresAsked < FIGURES_MILLIS) return;
    this.figuresAsked = performance.now();
    try {
      this.figures = readFigures(await getFigures({ parts: 0 }));
      const known = this.known.get(key);
      if (known && key === this.shown) this.#draw(known, null);
    } catch {
      // The panel does without: they only add to it.
    }
  }
}
