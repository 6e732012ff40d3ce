// Loads the trace's log records: when it is shown, and again when it changes.

import { readLogs } from "../model/logs.js";
import { getLogs, NotFound, Unreachable } from "../net/api.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

export class LogLoader {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} loaded
   */
  constructor(screen, loaded) {
    this.screen = screen;
    this.loaded = loaded;
    this.loading = false;
    this.again = false;
    /**
     * ETag of the loaded records.
     * @type {string | null}
     */
    this.tag = null;
  }

  /** Requests the records; if a request is running, repeats it afterwards. */
  loadIfNeeded() {
    if (this.loading) this.again = true;
    else void this.#load();
  }

  async #load() {
    this.loading = true;
    this.again = false;
    try {
      const answer = await getLogs(this.screen.trace.id, this.tag);
      if (answer) {
        this.tag = answer.tag;
        this.screen.logs = readLogs(answer.json);
        this.loaded();
      }
    } catch (error) {
      // Log records are optional: the trace is shown without them.
      if (!(error instanceof NotFound) && !(error instanceof Unreachable)) {
        console.warn("the logs could not be loaded", error);
      }
    } finally {
      this.loading = false;
      if (this.again) this.loadIfNeeded();
    }
  }
}
