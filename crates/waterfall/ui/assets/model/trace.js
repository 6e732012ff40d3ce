// One trace in preorder, stored as one typed array per column: 100,000 spans need no objects, and skipping a subtree is
// a jump to `end[row]`. `trace-rows.js` reads the columns that the server sends.

import { CriticalPath } from "./critical-path.js";
import { LikelyCallers } from "./likely-callers.js";
import { Waits } from "./waits.js";

export const KINDS = /** @type {const} */ (["unspecified", "internal", "server", "client", "producer", "consumer"]);
export const STATUSES = /** @type {const} */ (["unset", "ok", "error"]);
export const STATUS = /** @type {const} */ ({ unset: 0, ok: 1, error: 2 });

const NO_WARNINGS = /** @type {readonly string[]} */ (Object.freeze([]));

/**
 * A clock that differs from the root's.
 * @typedef {object} Clock
 * @property {string[]} services the services that ran by it
 * @property {string} replica which of the services' replicas, such as "on node-2"; empty if they have one clock
 * @property {number} ahead nanoseconds; negative if it is behind
 * @property {number} uncertainty nanoseconds by which `ahead` may be wrong
 * @property {boolean} isCertain a span began before it was called; otherwise late work may look like a clock
 */

/** @typedef {import("./most-time.js").MostTime} MostTime */
/** @typedef {import("./late-work.js").LateWork} LateWork */
/** @typedef {import("./metrics.js").Peer} Peer */

export class Trace {
  /**
   * @param {string} id
   * @param {bigint} startNano
   * @param {number} version
   * @param {string[]} services
   * @param {string[]} missing ids of parents that were not received
   * @param {number} count number of rows
   */
  constructor(id, startNano, version, services, missing, count) {
    this.id = id;
    this.startNano = startNano;
    this.version = version;
    this.services = services;
    this.missing = missing;
    this.count = count;

    this.ids = /** @type {string[]} */ (new Array(count));
    this.parentIds = /** @type {(string | null)[]} */ (new Array(count));
    this.names = /** @type {string[]} */ (new Array(count));
    this.notes = /** @type {(string | null)[]} */ (new Array(count).fill(null));
    this.start = new Float64Array(count);
    this.length = new Float64Array(count);
    /** Self time in nanoseconds. */
    this.self = new Float64Array(count);
    /** 1 if the parent did not wait for the span. */
    this.detached = new Uint8Array(count);
    this.service = new Int32Array(count);
    this.kind = new Uint8Array(count);
    this.status = new Uint8Array(count);
    this.events = new Uint32Array(count);
    this.links = new Uint32Array(count);
    /** 1 if the row stands for a parent that was not received. */
    this.placeholder = new Uint8Array(count);
    this.orphan = new Uint8Array(count);
    this.depth = new Int32Array(count);
    /** The row of the parent, or -1. */
    this.parent = new Int32Array(count);
    /** The row after the last descendant. */
    this.end = new Int32Array(count);
    /** Position among the siblings, from 1. */
    this.position = new Int32Array(count);
    this.children = new Int32Array(count);
    this.roots = 0;
    this.maxDepth = 0;
    this.errors = 0;
    this.placeholders = 0;
    /** The end of the last span, in nanoseconds from the start of the trace. */
    this.duration = 0;
    /** @type {Map<number, readonly string[]>} */
    this.warnings = new Map();
    /**
     * Errors that did not reach the root, by row.
     * @type {Map<number, "handled" | "background">}
     */
    this.unreached = new Map();
    /**
     * Why a row's span failed.
     * @type {Map<number, string>}
     */
    this.messages = new Map();
    /**
     * Receivers of calls that have no span in the trace, as the callers' spans name them.
     * @type {readonly Peer[]}
     */
    this.peers = [];
    /**
     * The index of the peer of a row.
     * @type {Map<number, number>}
     */
    this.peerOf = new Map();
    /** The row in which the trace's failure began, or -1. */
    this.rootCause = -1;
    /** How often the call was made that failed there. */
    this.attempts = 0;
    /**
     * Rows whose parent is a span of a caller outside this system.
     * @type {Set<number>}
     */
    this.outsideParents = new Set();
    /**
     * Nanoseconds that the clock of a row's host is ahead of the root's, where they differ.
     * @type {Map<number, number>}
     */
    this.ahead = new Map();
    /**
     * Clocks that differ from the root's.
     * @type {readonly Clock[]}
     */
    this.clocks = [];
    /** All times are by the root's clock. */
    this.corrected = false;
    /** Start of this trace, relative to its reported start. */
    this.origin = 0;
    /** Duration as the spans report it, and by the root's clock. They differ only where clocks do. */
    this.reportedDuration = 0;
    this.likelyDuration = 0;
    /** The row that the trace is about, or -1. */
    this.root = count > 0 ? 0 : -1;
    this.critical = new CriticalPath(count, [], [], []);
    this.likely = new LikelyCallers();
    /**
     * Where most of the critical path ran.
     * @type {MostTime | null}
     */
    this.mostTime = null;
    /**
     * Noteworthy stretches in which nothing ran.
     * @type {readonly import("./waits.js").Idle[]}
     */
    this.idle = [];
    this.waits = new Waits([], []);
    /**
     * What was done after the root span had ended.
     * @type {LateWork | null}
     */
    this.lateWork = null;
    /**
     * Occurrence number of spans that share an id, as a Zipkin client and its server do.
     * @type {Map<number, number>}
     */
    this.occurrences = new Map();
    /** @type {Map<string, number> | null} */
    this.rowsById = null;
  }

  /** Start as the spans report it, whichever clocks are shown: the trace list has the same. */
  get reportedStart() {
    return this.startNano - BigInt(Math.round(this.origin));
  }

  /** Calls whose caller gave up before the answer. */
  get givenUp() {
    return this.waits.givenUp;
  }

  /** Number of spans, not counting placeholders. */
  get spans() {
    return this.count - this.placeholders;
  }

  /**
   * Identifies a row in links and across versions: its id, with `.1`, `.2` for repeated ids.
   * @param {number} row
   * @returns {string}
   */
  keyOf(row) {
    const occurrence = this.occurrences.get(row);
    return occurrence ? `${this.ids[row]}.${occurrence}` : this.ids[row];
  }

  /**
   * @param {string} id or key
   * @returns {number} -1 if there is none
   */
  rowOf(id) {
    if (!this.rowsById) {
      this.rowsById = new Map();
      for (let row = this.count - 1; row >= 0; row -= 1) {
        this.rowsById.set(this.ids[row], row);
        if (this.occurrences.has(row)) this.rowsById.set(this.keyOf(row), row);
      }
    }
    return this.rowsById.get(id) ?? -1;
  }

  /**
   * @param {number} row
   * @returns {string}
   */
  serviceOf(row) {
    return this.services[this.service[row] ?? -1] ?? "";
  }

  /**
   * @param {number} row
   * @returns {typeof KINDS[number]}
   */
  kindOf(row) {
    return KINDS[this.kind[row] ?? 0] ?? "unspecified";
  }

  /**
   * @param {number} row
   * @returns {typeof STATUSES[number]}
   */
  statusOf(row) {
    return STATUSES[this.status[row] ?? 0] ?? "unset";
  }

  /** @param {number} row */
  isError(row) {
    return this.status[row] === STATUS.error;
  }

  /**
   * @param {number} row
   * @returns {number} nanoseconds from the start of the trace
   */
  endOf(row) {
    return (this.start[row] ?? 0) + (this.length[row] ?? 0);
  }

  /**
   * Start by the likely clocks, whichever clocks are shown. Comparable between rows, not with shown times.
   * @param {number} row
   */
  likelyStart(row) {
    return (this.start[row] ?? 0) - this.shiftOf(row);
  }

  /**
   * Nanoseconds from the likely to the shown time of a row: what is judged is by the likely clocks.
   * @param {number} row
   */
  shiftOf(row) {
    return this.corrected ? 0 : this.ahead.get(row) ?? 0;
  }

  /**
   * Displayed time of a span's event or log record.
   * @param {number} row
   * @param {number} offset nanoseconds from the start of the trace, as reported
   */
  displayOffset(row, offset) {
    return offset + this.adjustmentOf(row) - this.origin;
  }

  /**
   * @param {number} row
   * @returns {number} clock skew adjustment in nanoseconds; positive if shown later than reported
   */
  adjustmentOf(row) {
    return this.corrected ? 0 - (this.ahead.get(row) ?? 0) : 0;
  }

  /**
   * @param {number} row
   * @returns {bigint} nanoseconds since the epoch, by the clock of its host
   */
  startedAt(row) {
    return this.startNano + BigInt(Math.round((this.start[row] ?? 0) - this.adjustmentOf(row)));
  }

  /**
   * @param {number} row
   * @returns {readonly string[]}
   */
  warningsOf(row) {
    return this.warnings.get(row) ?? NO_WARNINGS;
  }

  /**
   * @param {number} row
   * @returns {number} number of siblings, itself included
   */
  siblings(row) {
    const parent = this.parent[row] ?? -1;
    return parent < 0 ? this.roots : this.children[parent] ?? 0;
  }
}
