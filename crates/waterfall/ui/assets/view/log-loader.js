// Fetches what the trace's spans have logged: when it is shown, and again when the server says that it changed.

import { readLogs } from "../model/logs.js";
import { getLogs, NotFound } from "../net/api.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

export class LogLoader {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} loaded
   */
  constructor(screen, loaded) {
    this.screen = screen;
    this.loaded = loaded;
    this.asking = false;
    this.again = false;
    /**
     * The server's name for what is known.
     * @type {string | null}
     */
    this.tag = null;
  }

  /** Asks; once more where it was called meanwhile. */
  loadIfNeeded() {
    if (this.asking) this.again = true;
    else void this.#load();
  }

  async #load() {
    this.asking = true;
    this.again = false;
    try {
      const answer = await getLogs(this.screen.trace.id, this.tag);
      if (answer) {
        this.tag = answer.tag;
        this.screen.logs = readLogs(answer.json);
        this.loaded();
      }
    } catch (error) {
      // No logs are no fault: the trace is shown without.
      if (!(error instanceof NotFound) && !(error instanceof TypeError)) {
        console.warn("the logs could not be loaded", error);
      }
    } finally {
      this.asking = false;
      if (this.again) this.loadIfNeeded();
    }
  }
}
