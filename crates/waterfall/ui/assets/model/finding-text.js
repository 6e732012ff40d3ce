// Texts of findings: where, how sure, how often, and the evidence.

import { formatCount, formatDuration } from "./duration.js";
import { record } from "./wire.js";

/** @typedef {import("./findings.js").Finding} Finding */
/** @typedef {import("./findings.js").Evidence} Evidence */

const NO_SPANS = "a service without spans";

/**
 * @param {Finding["hop"]} hop
 * @returns {string} `shop → stock, /price/{id}`
 */
export function placeText({ from, to, route }) {
  const place = from === to ? `inside ${to || NO_SPANS}` : `${from || NO_SPANS} → ${to || NO_SPANS}`;
  return route ? `${place}, ${route}` : place;
}

/** @param {Finding} finding */
export function certaintyText({ confidence, candidates }) {
  return candidates.length > 0 ? `${confidence}: ${candidates.join("; or ")}` : confidence;
}

/** @param {Finding} finding */
export function countText({ affected, of }) {
  return affected === of ? formatCount(of) : `${formatCount(affected)} of ${formatCount(of)}`;
}

/**
 * @param {Evidence} evidence
 * @param {(nanos: bigint) => string} timeText
 * @returns {string} empty for an empty list
 */
export function evidenceText({ kind, value }, timeText) {
  switch (kind) {
    case "share": {
      const { part, of } = record(value);
      return `${formatCount(Number(part) || 0)} of ${formatCount(Number(of) || 0)}`;
    }
    case "count":
      return formatCount(Number(value) || 0);
    case "durationNanos":
      return formatDuration(Number(value) || 0);
    case "timeUnixNano":
      return typeof value === "string" && /^\d{1,20}$/.test(value) ? timeText(BigInt(value)) : "";
    case "chance":
      return (Number(value) || 0).toExponential(1);
    case "texts":
    case "traceIds":
      return Array.isArray(value) ? value.map(String).join(", ") : "";
    default:
      return String(value ?? "");
  }
}
