// The doctor page's data: findings of the newest traces by cause, and the hops between services.

import { readFinding, severityOf } from "./findings.js";
import { parseNanos } from "./timestamp.js";
import { finite, list, record, text, texts } from "./wire.js";

/** @typedef {import("./findings.js").Finding} Finding */

/**
 * What was examined.
 * @typedef {object} Examined
 * @property {number} traces
 * @property {number} spans
 * @property {number} arriving traces of which parts may still arrive
 * @property {number} beyond stored traces that were not examined
 * @property {number} suppressed findings that are known and accepted
 */

/**
 * Findings that are known and accepted: all that it has must match.
 * @typedef {object} Suppression
 * @property {string} code empty: any
 * @property {string} service empty: any
 * @property {string} route empty: any
 * @property {string} reason
 * @property {number} findings that it leaves out
 * @property {boolean} ofPage it was made on the page, and can be removed there
 */

/** @typedef {{ code: string, service?: string, route?: string }} Entry what a suppression must match */

/**
 * Findings of one rule.
 * @typedef {object} Group
 * @property {string} code
 * @property {import("./findings.js").Severity} severity
 * @property {string} title
 * @property {number} affected
 * @property {bigint} first
 * @property {bigint} last
 * @property {string} example a trace
 * @property {number[]} trend affected traces in equal intervals, the oldest first
 * @property {Finding[]} findings
 * @property {number} leftOut findings that are not listed
 */

/**
 * The calls from one service to another.
 * @typedef {object} Hop
 * @property {string} from
 * @property {string} to
 * @property {number} propagated
 * @property {number} lost
 * @property {number} unknown
 * @property {Example | null} good
 * @property {Example | null} bad
 */

/** @typedef {{ traceId: string, spanId: string, time: bigint }} Example the callee of a call */

/** @param {unknown} json */
export function readOverview(json) {
  const wire = record(json);
  return {
    examined: readExamined(wire),
    groups: list(wire.groups).map(readGroup),
    suppressions: list(wire.suppressions).map(readSuppression),
  };
}

/**
 * What may be suppressed at a finding, the narrowest first.
 * @param {Finding} finding
 * @returns {{ label: string, entry: Entry }[]}
 */
export function suppressionChoices({ code, hop: { from, to, route } }) {
  const service = to || from;
  /** @type {{ label: string, entry: Entry }[]} */
  const choices = [];
  if (service && route) choices.push({ label: `on ${route} of ${service}`, entry: { code, service, route } });
  if (service) choices.push({ label: `in ${service}`, entry: { code, service } });
  choices.push({ label: "anywhere", entry: { code } });
  return choices;
}

/**
 * What a suppression matches, as a sentence's end.
 * @param {Suppression} suppression
 */
export function suppressionText({ code, service, route, reason }) {
  const parts = [code || "any finding", service && `in ${service}`, route && `on ${route}`].filter((part) =>
    part !== ""
  );
  return `${parts.join(" ")}${reason ? `: ${reason}` : ""}`;
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Suppression}
 */
function readSuppression(wire) {
  return {
    code: text(wire.code),
    service: text(wire.service),
    route: text(wire.route),
    reason: text(wire.reason),
    findings: finite(wire.findings),
    ofPage: wire.ofPage === true,
  };
}

/**
 * Whether a change of suppressions outlasts a restart, and its lines for a file.
 * @param {unknown} json
 */
export function readKept(json) {
  const wire = record(json);
  return { kept: wire.kept === true, toml: text(wire.toml) };
}

/** @param {unknown} json */
export function readHops(json) {
  const wire = record(json);
  return { services: texts(wire.services), hops: list(wire.hops).map(readHop), leftOut: finite(wire.hopsLeftOut) };
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Examined}
 */
function readExamined(wire) {
  const window = record(wire.window);
  return {
    traces: finite(window.traces),
    spans: finite(window.spans),
    arriving: finite(window.arriving),
    beyond: finite(window.beyond),
    suppressed: finite(wire.suppressed),
  };
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Group}
 */
function readGroup(wire) {
  return {
    code: text(wire.code),
    severity: severityOf(wire.severity),
    title: text(wire.title),
    affected: finite(wire.affected),
    first: parseNanos(wire.firstUnixNano),
    last: parseNanos(wire.lastUnixNano),
    example: text(wire.exampleTraceId),
    trend: Array.isArray(wire.trend) ? wire.trend.map(finite) : [],
    findings: list(wire.findings).map(readFinding),
    leftOut: finite(wire.findingsLeftOut),
  };
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {Hop}
 */
function readHop(wire) {
  return {
    from: text(wire.from),
    to: text(wire.to),
    propagated: finite(wire.propagated),
    lost: finite(wire.lost),
    unknown: finite(wire.unknown),
    good: readExample(wire.lastGood),
    bad: readExample(wire.lastBad),
  };
}

/** @param {unknown} value */
function readExample(value) {
  if (value === null || value === undefined) return null;
  const { callee, timeUnixNano } = record(value);
  const { traceId, spanId } = record(callee);
  return { traceId: text(traceId), spanId: text(spanId), time: parseNanos(timeUnixNano) };
}
