// Reads the response of `GET /api/ui/traces/{id}`. Reading never fails: missing or invalid values get defaults.

import { readCriticalPath } from "./critical-path.js";
import { readLateWork } from "./late-work.js";
import { readMostTime } from "./most-time.js";
import { parseNanos } from "./timestamp.js";
import { Trace } from "./trace.js";
import { countRows, readRows } from "./trace-rows.js";
import { readIdle, readWaits } from "./waits.js";
import { finite, list, record, text } from "./wire.js";

/**
 * @param {unknown} json
 * @returns {Trace}
 */
export function readTrace(json) {
  const wire = record(json);
  const rows = record(wire.rows);
  const trace = new Trace(
    text(wire.trace_id),
    parseNanos(wire.start_unix_nano),
    finite(wire.version),
    strings(wire.services),
    strings(wire.missing),
    countRows(rows),
  );
  trace.peers = list(wire.peers).map(({ name, kind }) => ({ name: text(name), kind: text(kind) }));
  readRows(trace, rows);
  trace.clocks = list(wire.clocks).map(readClock);
  trace.corrected = wire.corrected === true;
  trace.likely.sort((row) => trace.likelyStart(row));
  trace.origin = finite(wire.origin);
  // A span without a start says when the trace ended, but has no length.
  trace.duration = Math.max(trace.duration, finite(wire.duration));
  trace.reportedDuration = finite(wire.reported_duration ?? trace.duration);
  trace.likelyDuration = finite(wire.likely_duration ?? trace.duration);
  const root = finite(wire.root);
  if (Number.isInteger(root) && root >= 0 && root < trace.count) trace.root = root;
  trace.critical = readCriticalPath(wire.critical_path, trace.count);
  trace.mostTime = readMostTime(wire.most_time, trace.count);
  trace.idle = readIdle(wire.idle, trace.count);
  trace.waits = readWaits(wire, trace.count);
  trace.lateWork = readLateWork(wire.late_work);
  return trace;
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {import("./trace.js").Clock}
 */
function readClock(wire) {
  return {
    services: strings(wire.services),
    replica: wire.replica === true ? readReplica(wire) : "",
    ahead: finite(wire.ahead),
    uncertainty: finite(wire.uncertainty),
    isCertain: wire.certain === true,
  };
}

/** @param {Record<string, unknown>} wire */
function readReplica({ host, instance }) {
  if (typeof host === "string") return `on ${host}`;
  return typeof instance === "string" ? `(instance ${instance})` : "";
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function strings(value) {
  return Array.isArray(value) ? value.map(String) : [];
}
