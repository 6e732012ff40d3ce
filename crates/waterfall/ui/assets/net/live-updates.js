// Live updates: server-sent events, with polling while the stream is down. A hidden tab closes its connection: browsers
// open at most six connections to an HTTP/1.1 server, and further tabs would hang.

const POLL_MILLIS = 2_000;
const RECONNECT_MILLIS = 2_000;
const HIDDEN_CLOSE_MILLIS = 15_000;
/** The server sends a message every 15 seconds; after this long without one the stream is dead. */
const STREAM_TIMEOUT_MILLIS = 40_000;

/** @typedef {import("../model/trace-list-state.js").Connection} Connection */

/**
 * @typedef {object} LiveHooks
 * @property {(traceId: string) => void} changed a trace was added or updated
 * @property {() => void} resync events may have been missed: reload everything
 * @property {(state: Connection) => void} state
 */

export class LiveUpdates {
  /** @param {LiveHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {Connection} */
    this.state = "connecting";
    this.reachable = true;
    this.signedOut = false;
    /** Time of the last message. */
    this.lastMessageAt = 0;
    this.retryTimer = 0;
    this.hiddenTimer = 0;
  }

  start() {
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    window.addEventListener("pagehide", () => this.#close());
    window.addEventListener("pageshow", (event) => event.persisted && this.#open());
    setInterval(() => this.#checkStream(), POLL_MILLIS);
    this.#open();
  }

  /**
   * The page reports whether its own requests succeed; this separates "polling" from "offline".
   * @param {boolean} answered
   */
  reportAnswer(answered) {
    this.reachable = answered;
    this.#reportState();
  }

  /**
   * The page reports that the session has expired, or was renewed.
   * @param {boolean} signedOut
   */
  reportSignedOut(signedOut) {
    if (signedOut === this.signedOut) return;
    this.signedOut = signedOut;
    // Polling continues meanwhile: the user may sign in in another tab.
    if (signedOut) this.#close();
    else this.#open();
    this.#reportState();
  }

  /** Reconnects a dead stream, and polls while there is none. */
  #checkStream() {
    if (document.hidden) return;
    if (this.source?.readyState === EventSource.OPEN && Date.now() - this.lastMessageAt > STREAM_TIMEOUT_MILLIS) {
      this.#open();
    }
    if (this.source?.readyState !== EventSource.OPEN) this.hooks.resync();
  }

  #open() {
    this.#close();
    const source = new EventSource("/api/stream");
    this.source = source;
    const messageReceived = () => (this.lastMessageAt = Date.now());
    for (const kind of ["open", "trace", "resync", "alive"]) source.addEventListener(kind, messageReceived);
    source.addEventListener("open", () => {
      this.reachable = true;
      this.#reportState();
      this.hooks.resync();
    });
    source.addEventListener("trace", (event) => {
      const id = traceIdOf(event.data);
      if (id) this.hooks.changed(id);
    });
    // The server dropped events for this client.
    source.addEventListener("resync", () => this.hooks.resync());
    source.addEventListener("error", () => {
      this.#reportState();
      // The browser reconnects by itself, except after a response that is not an event stream.
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.source === source && this.#open(), RECONNECT_MILLIS);
    });
    this.#reportState();
  }

  #close() {
    clearTimeout(this.retryTimer);
    this.source?.close();
    this.source = null;
  }

  #visibilityChanged() {
    clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = setTimeout(() => this.#close(), HIDDEN_CLOSE_MILLIS);
    else if (!this.source) this.#open();
  }

  #reportState() {
    const open = this.source?.readyState === EventSource.OPEN;
    const state = this.signedOut
      ? "signed-out"
      : open
      ? "live"
      : !this.reachable
      ? "offline"
      : this.state === "connecting" && this.source?.readyState === EventSource.CONNECTING
      ? "connecting"
      : "polling";
    if (state === this.state) return;
    this.state = state;
    this.hooks.state(state);
  }
}

/**
 * @param {string} data
 * @returns {string | null}
 */
function traceIdOf(data) {
  try {
    const id = JSON.parse(data)?.trace_id;
    return typeof id === "string" ? id : null;
  } catch {
    return null;
  }
}
