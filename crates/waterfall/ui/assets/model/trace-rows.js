// Reads the rows of a trace, which the server sends in columns, into the columns of a `Trace`.

import { eachNumber, eachText, eachValue, fillNumbers } from "./columns.js";
import { finite, text } from "./wire.js";

/** @typedef {import("./trace.js").Trace} Trace */

/** The status of an error in OTLP. */
const ERROR = 2;
/** The kinds of OTLP have lower numbers. */
const KINDS = 6;

/**
 * The number of rows.
 * @param {Record<string, unknown>} rows
 */
export function countRows(rows) {
  return Array.isArray(rows.id) ? rows.id.length : 0;
}

/**
 * @param {Trace} trace of as many rows
 * @param {Record<string, unknown>} rows in preorder; `depth` defines the tree
 */
export function readRows(trace, rows) {
  readSpans(trace, rows);
  readTree(trace, rows);
  readUnusual(trace, rows);
  readJudgement(trace, rows);
}

/**
 * What every row has.
 * @param {Trace} trace
 * @param {Record<string, unknown>} rows
 */
function readSpans(trace, rows) {
  const { count, start, length, kind } = trace;
  const [ids, name, names, service] = [rows.id, rows.name, rows.names, rows.service].map((column) =>
    Array.isArray(column) ? column : []
  );
  for (let row = 0; row < count; row += 1) {
    trace.ids[row] = text(ids[row]);
    trace.names[row] = text(names[name[row]]);
    const index = service[row];
    trace.service[row] = typeof index === "number" ? index : -1;
  }
  fillNumbers(rows.kind, kind);
  fillNumbers(rows.start, start);
  fillNumbers(rows.duration, length);
  for (let row = 0; row < count; row += 1) {
    if (kind[row] >= KINDS) kind[row] = 0;
    if (length[row] < 0) length[row] = 0;
    const end = start[row] + length[row];
    if (end > trace.duration) trace.duration = end;
  }
}

/**
 * What follows from the depths.
 * @param {Trace} trace
 * @param {Record<string, unknown>} rows
 */
function readTree(trace, rows) {
  const { count, depth, parent, end, children, position, ids, parentIds } = trace;
  fillNumbers(rows.depth, depth);
  /** The ancestors of the current row, by depth. */
  const open = new Int32Array(count);
  let levels = 0;
  for (let row = 0; row < count; row += 1) {
    const level = Math.min(Math.max(0, depth[row]), levels);
    while (levels > level) end[open[--levels]] = row;
    const above = level === 0 ? -1 : open[level - 1];
    depth[row] = level;
    parent[row] = above;
    parentIds[row] = above < 0 ? null : ids[above];
    position[row] = above < 0 ? (trace.roots += 1) : (children[above] += 1);
    if (level > trace.maxDepth) trace.maxDepth = level;
    open[levels++] = row;
  }
  while (levels > 0) end[open[--levels]] = count;
}

/**
 * What few rows have.
 * @param {Trace} trace
 * @param {Record<string, unknown>} rows
 */
function readUnusual(trace, rows) {
  const { count } = trace;
  eachText(rows.parent, count, (row, id) => (trace.parentIds[row] = id));
  eachNumber(rows.occurrence, count, (row, number) => trace.occurrences.set(row, number));
  eachNumber(rows.status, count, (row, code) => {
    trace.status[row] = code > ERROR ? 0 : code;
    if (code === ERROR) trace.errors += 1;
  });
  eachText(rows.note, count, (row, note) => (trace.notes[row] = note));
  eachText(rows.message, count, (row, message) => trace.messages.set(row, message));
  eachValue(rows.peer, count, (row, peer) => {
    if (trace.peers[finite(peer)]) trace.peerOf.set(row, finite(peer));
  });
  eachNumber(rows.events, count, (row, events) => (trace.events[row] = events));
  eachNumber(rows.links, count, (row, links) => (trace.links[row] = links));
  eachValue(rows.flags, count, (row, flags) => {
    if (Array.isArray(flags) && flags.length > 0) trace.warnings.set(row, flags.map(String));
  });
  eachValue(rows.placeholder, count, (row) => {
    trace.placeholder[row] = 1;
    trace.placeholders += 1;
  });
}

/**
 * What the server's analysis says of rows.
 * @param {Trace} trace
 * @param {Record<string, unknown>} rows
 */
function readJudgement(trace, rows) {
  const { count, self } = trace;
  self.set(trace.length);
  eachValue(rows.self, count, (row, time) => (self[row] = Math.max(0, finite(time))));
  eachValue(rows.detached, count, (row) => (trace.detached[row] = 1));
  eachText(rows.error, count, (row, outcome) => {
    if (outcome === "handled" || outcome === "background") trace.unreached.set(row, outcome);
  });
  eachNumber(rows.root_cause, count, (row, attempts) => {
    trace.rootCause = row;
    trace.attempts = attempts;
  });
  eachNumber(rows.ahead, count, (row, ahead) => trace.ahead.set(row, ahead));
  eachValue(rows.missing_parent, count, (row) => (trace.orphan[row] = 1));
  eachValue(rows.outside_parent, count, (row) => trace.outsideParents.add(row));
  eachValue(rows.may_miss_callee, count, (row) => trace.likely.mayMissCallee.add(row));
  eachValue(rows.likely_caller, count, (row, caller) => {
    if (trace.detached[row] === 0) trace.likely.add(row, caller);
  });
}
