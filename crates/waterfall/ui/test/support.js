// Builds small traces for the tests from indented text.

import { readTrace } from "../assets/model/read-trace.js";
import { readTraceOf, responseOf } from "./wire.js";

/**
 * One span per line: `name start+duration`, then any of `!` (error), `!handled`, `!background`, `!cause*attempts`,
 * `@service`, `#kind`, `^parent` (not received), `<parent` (outside), `~nanoseconds` (its clock is ahead), `=self`,
 * `>peer` (which has no span), `&` (detached), `?` (a placeholder). Indentation is the depth. Self time not given is
 * what children do not cover.
 * @param {string} text
 * @param {object} [more] further fields of the response
 */
export function traceOf(text, more = {}) {
  const services = [];
  const peers = [];
  const rows = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2;
      const [name, time, ...marks] = line.trim().split(/\s+/);
      const [start, duration] = time.split("+").map(Number);
      const row = { id: String(index).padStart(16, "0"), name, start, duration, depth, service: 0 };
      for (const mark of marks) {
        if (mark.startsWith("!")) Object.assign(row, { status: "error", ...judgement(mark.slice(1)) });
        else if (mark.startsWith("@")) row.service = placeOf(services, mark.slice(1));
        else if (mark.startsWith("#")) row.kind = mark.slice(1);
        else if (mark.startsWith("^")) Object.assign(row, { parent: mark.slice(1), missing_parent: true });
        else if (mark.startsWith("<")) Object.assign(row, { parent: mark.slice(1), outside_parent: true });
        else if (mark.startsWith(">")) row.peer = placeOf(peers, mark.slice(1));
        else if (mark.startsWith("=")) row.self = Number(mark.slice(1));
        else if (mark === "&") row.detached = true;
        else if (mark === "?") Object.assign(row, { name: "", placeholder: true, self: 0 });
        else if (mark.startsWith("~")) row.ahead = Number(mark.slice(1));
      }
      return row;
    });
  if (services.length === 0) services.push("one");
  return readTraceOf({
    trace_id: "a".repeat(32),
    start_unix_nano: "1700000000000000000",
    version: 1,
    services,
    peers: peers.map((name) => ({ name, kind: "remote" })),
    rows: withSelfTimes(rows),
    missing: [],
    ...more,
  });
}

/**
 * Stands in for the server where children end before their parents.
 * @param {any[]} rows
 */
function withSelfTimes(rows) {
  return rows.map((row, index) => {
    if (row.self !== undefined) return row;
    const to = row.start + row.duration;
    let [self, reached] = [row.duration, row.start];
    for (let child = index + 1; child < rows.length && rows[child].depth > row.depth; child += 1) {
      const { start, duration, depth, detached } = rows[child];
      if (depth !== row.depth + 1 || detached) continue;
      const [from, end] = [Math.max(start, reached), Math.min(start + duration, to)];
      if (end <= from) continue;
      self -= end - from;
      reached = end;
    }
    return { ...row, self };
  });
}

/** @param {string} text */
function judgement(text) {
  if (text === "") return {};
  return text.startsWith("cause*") ? { root_cause: Number(text.slice("cause*".length)) } : { error: text };
}

/** @param {string[]} services @param {string} name */
function placeOf(services, name) {
  const place = services.indexOf(name);
  return place < 0 ? services.push(name) - 1 : place;
}

/**
 * The response for a trace of one root with all other spans as its children.
 * @param {number} count
 */
export function wideResponse(count) {
  const rows = [{ id: "root", name: "root", start: 0, duration: count * 10, depth: 0 }];
  for (let n = 1; n < count; n += 1) {
    rows.push({
      id: `s${n}`,
      name: `step ${n % 50}`,
      start: n * 10,
      duration: 5 + ((n * 7919) % 40),
      depth: 1,
      ...(n % 9973 === 0 ? { status: "error" } : {}),
    });
  }
  return responseOf({ trace_id: "b".repeat(32), start_unix_nano: "0", version: 1, services: ["one"], rows });
}

/** @param {number} count */
export function wideTrace(count) {
  return readTrace(wideResponse(count));
}

/**
 * The response for a chain of spans, each the only child of the previous one.
 * @param {number} count
 */
export function deepResponse(count) {
  const rows = [];
  for (let n = 0; n < count; n += 1) {
    rows.push({ id: `s${n}`, name: `step ${n}`, start: n, duration: 2 * (count - n), depth: n });
  }
  return responseOf({ trace_id: "c".repeat(32), start_unix_nano: "0", version: 1, services: ["one"], rows });
}

/** @param {number} count */
export function deepTrace(count) {
  return readTrace(deepResponse(count));
}

/** @param {import("../assets/model/outline.js").Outline} outline */
export function shownNames(outline) {
  return Array.from(outline.rows.subarray(0, outline.count), (row) => outline.trace.names[row]);
}
