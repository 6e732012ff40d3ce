// Loads what the doctor says of the trace: when it is shown, when it changes, and when all of it has arrived.

import { readTraceFindings } from "../model/findings.js";
import { getTraceFindings } from "../net/api.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** A busy trace changes several times a second. */
const SHORTEST_MILLIS = 1000;
/** Beyond this wait, the trace is asked for again anyway. */
const LONGEST_MILLIS = 60_000;

export class FindingsLoader {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} loaded
   */
  constructor(screen, loaded) {
    this.screen = screen;
    this.loaded = loaded;
    this.timer = 0;
    this.requestedAt = -Infinity;
    /** The version of the trace that was asked about. */
    this.version = -1;
    this.loading = false;
  }

  loadIfNeeded() {
    if (this.version === this.screen.trace.version) return;
    this.version = this.screen.trace.version;
    this.#loadIn(Math.max(0, this.requestedAt + SHORTEST_MILLIS - performance.now()));
  }

  /** @param {number} millis */
  #loadIn(millis) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.#load(), millis);
  }

  async #load() {
    if (this.loading) return this.#loadIn(SHORTEST_MILLIS);
    this.loading = true;
    this.requestedAt = performance.now();
    try {
      const findings = readTraceFindings(await getTraceFindings(this.screen.trace.id));
      this.screen.findings = findings;
      this.loaded();
      if (findings.arriving) {
        const wait = Number(findings.arriving.examinedAt / 1_000_000n) - Date.now() + SHORTEST_MILLIS;
        this.#loadIn(Math.min(Math.max(wait, SHORTEST_MILLIS), LONGEST_MILLIS));
      }
    } catch {
      // Findings are optional: the trace is shown without them, and asked about again with its next version.
    } finally {
      this.loading = false;
    }
  }
}
