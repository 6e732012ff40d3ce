// What is new on the server, as it happens: server-sent events, and asking every now and then while they
// do not flow. A hidden tab lets go of its connection: a browser opens only six to one HTTP/1.1 server,
// and a seventh tab would wait for ever.

const POLL_MILLIS = 2_000;
const RECONNECT_MILLIS = 2_000;
const HIDDEN_CLOSE_MILLIS = 15_000;
/** The server says something every 15 seconds: a stream that says nothing for longer is none. */
const STREAM_TIMEOUT_MILLIS = 40_000;

/** @typedef {"connecting" | "live" | "polling" | "offline" | "signed-out"} ConnectionState */

/**
 * @typedef {object} LiveHooks
 * @property {(traceId: string) => void} changed a trace is new or has changed
 * @property {() => void} resync anything may have changed: ask for what is shown
 * @property {(state: ConnectionState) => void} state
 */

export class LiveUpdates {
  /** @param {LiveHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    /** @type {EventSource | null} */
    this.source = null;
    /** @type {ConnectionState} */
    this.state = "connecting";
    this.reachable = true;
    this.signedOut = false;
    /** When the stream was heard last. */
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
   * The page tells how its own questions fare: that is what parts "polling" from "offline".
   * @param {boolean} answered
   */
  reportAnswer(answered) {
    this.reachable = answered;
    this.#reportState();
  }

  /**
   * The server does not know the reader, or knows them again.
   * @param {boolean} signedOut
   */
  reportSignedOut(signedOut) {
    if (signedOut === this.signedOut) return;
    this.signedOut = signedOut;
    // Meanwhile the page asks every now and then: the reader may sign in again in another tab.
    if (signedOut) this.#close();
    else this.#open();
    this.#reportState();
  }

  /** Every now and then: whether the stream flows. */
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
    // The server has passed by a reader who was too slow, or was away.
    source.addEventListener("resync", () => this.hooks.resync());
    source.addEventListener("error", () => {
      this.#reportState();
      // The browser tries again by itself, save after an answer that is no stream.
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
