// One finding: its sentence, and what opens below it: where, how sure, evidence, remedy, what would disprove it.

import { certaintyText, countText, evidenceText, placeText } from "../model/finding-text.js";
import { shortId } from "../model/short-id.js";
import { tracePagePath } from "../net/api.js";
import { codeText } from "./code-text.js";
import { el } from "./dom.js";
import { factList } from "./fact-list.js";
import { formatDay, formatTimeOfDay, zoneLabel } from "./time-zone.js";

/** @typedef {import("../model/findings.js").Finding} Finding */
/** @typedef {import("../model/findings.js").Severity} Severity */
/** @typedef {import("./fact-list.js").Fact} Fact */

/** Traces that are linked. */
const MAX_TRACES = 5;

/** @param {Severity} severity */
export function severityBadge(severity) {
  const style = { error: "badge error", warning: "badge warn", note: "badge" }[severity];
  return el("span", { class: style }, severity);
}

/**
 * @param {Finding} finding
 * @param {string} [without] the trace that is not linked, because it is shown
 * @param {boolean} [isOpen]
 * @param {HTMLElement | null} [actions] below the facts
 */
export function findingDetails(finding, without = "", isOpen = false, actions = null) {
  return el(
    "details",
    { class: `finding ${finding.severity}`, open: isOpen },
    el(
      "summary",
      {},
      severityBadge(finding.severity),
      el("span", { class: "finding-text" }, ...codeText(finding.summary)),
    ),
    factList(facts(finding, without)),
    actions,
  );
}

/**
 * @param {Finding} finding
 * @param {string} without
 * @returns {Fact[]}
 */
function facts(finding, without) {
  /** @type {Fact[]} */
  const facts = [
    ["Where", placeText(finding.hop)],
    ["How sure", coded(certaintyText(finding))],
    ["How often", `${countText(finding)}, ${timesText(finding)}`],
  ];
  const seen = finding.evidence
    .map((evidence) => ({ name: evidence.name.replaceAll("_", " "), text: evidenceText(evidence, timeText) }))
    .filter(({ text }) => text !== "");
  if (seen.length > 0) {
    facts.push(["Evidence", el("ul", {}, ...seen.map(({ name, text }) => el("li", {}, muted(`${name}: `), text)))]);
  }
  if (finding.remedy) facts.push(["Change", coded(finding.remedy)]);
  if (finding.rust) facts.push(["In Rust", coded(finding.rust)]);
  if (finding.disproof) facts.push(["Disproved by", coded(finding.disproof)]);
  facts.push(["Rule", el("code", {}, finding.code)]);
  const others = finding.traceIds.filter((id) => id !== without);
  if (others.length > 0) facts.push([without ? "Other traces" : "Traces", traceLinks(others)]);
  return facts;
}

/** @param {string[]} ids */
function traceLinks(ids) {
  const links = ids.slice(0, MAX_TRACES).flatMap((id) => [
    el("a", { href: tracePagePath(id), class: "link-button", title: id }, shortId(id)),
    " ",
  ]);
  const more = ids.length - MAX_TRACES;
  return el("span", {}, ...links, more > 0 ? muted(`and ${more} more`) : null);
}

/** @param {Finding} finding */
function timesText({ first, last }) {
  return first === last ? `at ${timeText(first)}` : `from ${timeText(first)} to ${timeText(last)}`;
}

/** @param {bigint} nanos */
export function timeText(nanos) {
  return `${formatDay(nanos)} ${formatTimeOfDay(nanos)} ${zoneLabel()}`.trim();
}

/** @param {string} text */
function coded(text) {
  return el("span", {}, ...codeText(text));
}

/** @param {string} text */
function muted(text) {
  return el("span", { class: "muted" }, text);
}
