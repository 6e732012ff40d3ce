// All data of one span, as the details panel shows it.

import { parseNanos } from "./timestamp.js";
import { finite, list, readAttribute, readAttributes, record, text } from "./wire.js";

/** @typedef {import("./attributes.js").Attribute} Attribute */
/** @typedef {{ name: string, offset: number, attributes: Attribute[] }} SpanEvent `offset` is from trace start */
/** @typedef {{ traceId: string, spanId: string, attributes: Attribute[] }} SpanLink */

/**
 * What most siblings have in common, and this span has not. Siblings share parent, service and name.
 * @typedef {object} Siblings
 * @property {number} compared
 * @property {Difference[]} differences
 *
 * @typedef {object} Difference
 * @property {string} key
 * @property {Attribute | null} own null if the span lacks the attribute
 * @property {Attribute | null} usual null if its siblings lack it
 * @property {number} sharedBy number of siblings that are alike
 */

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
 * @property {{ attributes: number, events: number, links: number }} total counts, with what the server left out
 * @property {Siblings | null} siblings null if there are too few to compare with
 * @property {{ attributes: number, events: number, links: number }} dropped counts reported by the SDK
 */

/**
 * @param {unknown} json response of `/api/ui/traces/{id}/spans/{span}`
 * @returns {SpanDetails}
 */
export function readSpanDetails(json) {
  const wire = record(json);
  const scope = record(wire.scope);
  const attributes = readAttributes(wire.attributes);
  const events = list(wire.events).map(readEvent).sort((a, b) => a.offset - b.offset);
  const links = list(wire.links).map(readLink);
  return {
    id: text(wire.id),
    startNano: parseNanos(wire.start_unix_nano),
    statusMessage: text(wire.status_message),
    traceState: text(wire.trace_state),
    scope: { name: text(scope.name), version: text(scope.version) },
    attributes,
    resource: readAttributes(wire.resource),
    events,
    links,
    linkedFrom: list(wire.linked_from).map(readLink),
    more: wire.more === true,
    total: {
      attributes: Math.max(attributes.length, finite(wire.attribute_count)),
      events: Math.max(events.length, finite(wire.event_count)),
      links: Math.max(links.length, finite(wire.link_count)),
    },
    siblings: readSiblings(wire.siblings, attributes),
    dropped: {
      attributes: finite(wire.dropped_attributes),
      events: finite(wire.dropped_events),
      links: finite(wire.dropped_links),
    },
  };
}

/**
 * @param {unknown} value
 * @param {Attribute[]} attributes of the span
 * @returns {Siblings | null}
 */
function readSiblings(value, attributes) {
  const wire = record(value);
  const compared = finite(wire.compared);
  if (compared === 0) return null;
  return {
    compared,
    differences: list(wire.differences).map((difference) => {
      const key = text(difference.key);
      const usual = difference.usual === null || difference.usual === undefined
        ? null
        : { ...readAttribute(record(difference.usual)), key };
      const own = attributes.find((attribute) => attribute.key === key) ?? null;
      return { key, own, usual, sharedBy: finite(difference.shared_by) };
    }),
  };
}

/**
 * @param {Record<string, unknown>} event
 * @returns {SpanEvent}
 */
function readEvent(event) {
  return { name: text(event.name), offset: finite(event.offset), attributes: readAttributes(event.attributes) };
}

/**
 * @param {Record<string, unknown>} link
 * @returns {SpanLink}
 */
function readLink(link) {
  return { traceId: text(link.trace_id), spanId: text(link.span_id), attributes: readAttributes(link.attributes) };
}
