// All data of one span, as the details panel shows it.

import { parseNanos } from "./timestamp.js";
import { finite, list, readAttributes, record, text } from "./wire.js";

/** @typedef {import("./attributes.js").Attribute} Attribute */
/** @typedef {{ name: string, offset: number, attributes: Attribute[] }} SpanEvent `offset` is from trace start */
/** @typedef {{ traceId: string, spanId: string, attributes: Attribute[] }} SpanLink */

/**
 * @typedef {object} SpanDetails
 * @property {string} id
 * @property {bigint} startNano
 * @property {string} statusMessage
 * @property {string} traceState
 * @property {{ name: string, version: string }} scope
 * @property {Attribute[]} attributes
 * @property {Attribute[]} resource
 * @property {SpanEvent[]} events
 * @property {SpanLink[]} links
 * @property {SpanLink[]} linkedFrom
 * @property {boolean} more whether the server left parts out; the OTLP export has them
 * @property {{ attributes: number, events: number, links: number }} dropped counts reported by the SDK
 */

/**
 * @param {unknown} json response of `/api/ui/traces/{id}/spans/{span}`
 * @returns {SpanDetails}
 */
export function readSpanDetails(json) {
  const wire = record(json);
  const scope = record(wire.scope);
  return {
    id: text(wire.id),
    startNano: parseNanos(wire.start_unix_nano),
    statusMessage: text(wire.status_message),
    traceState: text(wire.trace_state),
    scope: { name: text(scope.name), version: text(scope.version) },
    attributes: readAttributes(wire.attributes),
    resource: readAttributes(wire.resource),
    events: list(wire.events).map((event) => ({
      name: text(event.name),
      offset: finite(event.offset),
      attributes: readAttributes(event.attributes),
    })),
    links: list(wire.links).map(readLink),
    linkedFrom: list(wire.linked_from).map(readLink),
    more: wire.more === true,
    dropped: {
      attributes: finite(wire.dropped_attributes),
      events: finite(wire.dropped_events),
      links: finite(wire.dropped_links),
    },
  };
}

/**
 * @param {Record<string, unknown>} link
 * @returns {SpanLink}
 */
function readLink(link) {
  return { traceId: text(link.trace_id), spanId: text(link.span_id), attributes: readAttributes(link.attributes) };
}
