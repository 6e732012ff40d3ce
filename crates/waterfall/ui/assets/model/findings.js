// What the doctor says: findings of one trace, by the rows that they are about. Judged by the server, only read here.

import { parseNanos } from "./timestamp.js";
import { finite, list, record, text, texts } from "./wire.js";

/** @typedef {import("./trace.js").Trace} Trace */

export const SEVERITIES = /** @type {const} */ (["error", "warning", "note"]);
/** @typedef {typeof SEVERITIES[number]} Severity */

/**
 * @typedef {object} Evidence
 * @property {string} name
 * @property {string} kind of the value
 * @property {unknown} value
 */

/**
 * @typedef {object} Finding
 * @property {string} code
 * @property {Severity} severity
 * @property {string} confidence
 * @property {string[]} candidates causes that cannot be told apart
 * @property {{ from: string, to: string, route: string }} hop empty: a service without spans
 * @property {number} affected
 * @property {number} of
 * @property {bigint} first
 * @property {bigint} last
 * @property {string} summary
 * @property {Evidence[]} evidence
 * @property {string} disproof
 * @property {string} remedy
 * @property {string} rust
 * @property {string[]} spanIds of the trace that was asked for; of several traces where none was
 * @property {string[]} traceIds other traces: what belongs to this one first
 */

/**
 * A trace of which parts may still arrive.
 * @typedef {object} Arriving
 * @property {bigint} examinedAt
 * @property {string} slowest
 * @property {bigint} slowestHeard
 */

/** Where a missing parent was, as its children's flags say. */
const KINDS = /** @type {Record<string, string>} */ ({
  remote: "in another process: not exported, sampled out, or renamed by a proxy",
  local: "in the same process: still running, never ended, or dropped",
  unknown: "the spans do not say whether it was in the same process",
});

export class TraceFindings {
  /**
   * @param {string} traceId
   * @param {Finding[]} findings the most severe first
   * @param {Map<string, string>} missing kinds of the missing parents, by span id
   * @param {Arriving | null} arriving
   */
  constructor(traceId, findings, missing, arriving) {
    this.traceId = traceId;
    this.findings = findings;
    this.missing = missing;
    this.arriving = arriving;
    /** @type {Map<string, Finding[]>} */
    this.bySpan = new Map();
    for (const finding of findings) {
      for (const id of finding.spanIds) {
        const known = this.bySpan.get(id);
        if (known) known.push(finding);
        else this.bySpan.set(id, [finding]);
      }
    }
  }

  /** What is said above the trace. Notes are said on their spans alone. */
  get aboveNote() {
    return this.findings.filter(({ severity }) => severity !== "note");
  }

  /**
   * The findings about a row. About a missing parent are those about its children.
   * @param {Trace} trace
   * @param {number} row
   * @returns {readonly Finding[]}
   */
  of(trace, row) {
    if (this.findings.length === 0) return NONE;
    if (trace.placeholder[row] !== 1) return this.bySpan.get(trace.ids[row]) ?? NONE;
    for (let child = row + 1; child < (trace.end[row] ?? 0); child = trace.end[child] ?? Infinity) {
      const found = this.bySpan.get(trace.ids[child]);
      if (found) return found;
    }
    return NONE;
  }

  /**
   * @param {string} spanId of a missing parent
   * @returns {string} `remote`, `local` or `unknown`; empty where nothing is known
   */
  missingKind(spanId) {
    return this.missing.get(spanId) ?? "";
  }
}

const NONE = /** @type {readonly Finding[]} */ (Object.freeze([]));

/** @param {string} kind of a missing parent */
export function missingText(kind) {
  return KINDS[kind] ?? "";
}

/**
 * Reads the answer about one trace.
 * @param {unknown} json
 */
export function readTraceFindings(json) {
  const wire = record(json);
  const arriving = wire.arriving === null || wire.arriving === undefined ? null : record(wire.arriving);
  return new TraceFindings(
    text(wire.traceId),
    list(wire.findings).map(readFinding),
    new Map(list(wire.missing).map(({ spanId, kind }) => [text(spanId), text(kind)])),
    arriving && {
      examinedAt: parseNanos(arriving.examinedAtUnixNano),
      slowest: text(arriving.slowest),
      slowestHeard: parseNanos(arriving.slowestHeardUnixNano),
    },
  );
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Finding}
 */
export function readFinding(wire) {
  const hop = record(wire.hop);
  const seen = record(wire.occurrences);
  return {
    code: text(wire.code),
    severity: severityOf(wire.severity),
    confidence: text(wire.confidence),
    candidates: texts(wire.candidates),
    hop: { from: text(hop.from), to: text(hop.to), route: text(hop.route) },
    affected: finite(seen.affected),
    of: finite(seen.of),
    first: parseNanos(seen.firstUnixNano),
    last: parseNanos(seen.lastUnixNano),
    summary: text(wire.summary),
    evidence: list(wire.evidence).map(({ name, kind, value }) => ({ name: text(name), kind: text(kind), value })),
    disproof: text(wire.disproof),
    remedy: text(wire.remedy),
    rust: text(wire.rust),
    spanIds: list(wire.spans).map(({ spanId }) => text(spanId)),
    traceIds: tracesOf(wire),
  };
}

/** @param {Record<string, unknown>} wire */
function tracesOf(wire) {
  const joined = list(wire.joins).flatMap(({ caller, callee }) => [record(caller), record(callee)]);
  const spans = [...joined, ...list(wire.spans)];
  return [...new Set([...spans.map(({ traceId }) => text(traceId)), ...texts(wire.otherTraceIds)])];
}

/**
 * @param {unknown} value
 * @returns {Severity}
 */
export function severityOf(value) {
  return SEVERITIES.find((severity) => severity === value) ?? "note";
}
