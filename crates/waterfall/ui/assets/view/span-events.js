// Sections of the details panel for events and links.

import { formatDuration } from "../model/duration.js";
import { tracePagePath } from "../net/api.js";
import { attributeTable } from "./attribute-table.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/span-details.js").SpanEvent} SpanEvent */
/** @typedef {import("../model/span-details.js").SpanLink} SpanLink */

/** Maximum number of events shown. */
const MAX_SHOWN = 200;

/**
 * @param {SpanEvent[]} events
 * @param {(offset: number) => number} sinceStart nanoseconds from the start of the span
 */
export function eventSection(events, sinceStart) {
  return el(
    "section",
    { class: "section" },
    el("h3", {}, "Events", el("span", { class: "muted" }, ` ${events.length}`)),
    el("ol", { class: "events" }, ...events.slice(0, MAX_SHOWN).map((event) => eventItem(event, sinceStart))),
    more(events.length, "events"),
  );
}

/**
 * @param {SpanEvent} event
 * @param {(offset: number) => number} sinceStart
 */
function eventItem(event, sinceStart) {
  const line = [
    el(
      "span",
      { class: event.name === "exception" ? "event-name exception" : "event-name" },
      event.name || "(no name)",
    ),
    el("span", { class: "muted", title: "Since span start" }, `+${formatDuration(sinceStart(event.offset))}`),
  ];
  if (event.attributes.length === 0) return el("li", { class: "event" }, el("div", { class: "event-line" }, ...line));
  const open = event.name === "exception" || event.attributes.length < 4;
  return el(
    "li",
    { class: "event" },
    el("details", { open }, el("summary", { class: "event-line" }, ...line), attributeTable(event.attributes)),
  );
}

/**
 * @param {string} title
 * @param {string} hint
 * @param {SpanLink[]} links
 */
export function linkSection(title, hint, links) {
  return el(
    "section",
    { class: "section" },
    el("h3", { title: hint }, title, el("span", { class: "muted" }, ` ${links.length}`)),
    el(
      "ul",
      { class: "links" },
      ...links.slice(0, MAX_SHOWN).map((link) =>
        el(
          "li",
          {},
          el(
            "a",
            { href: tracePagePath(link.traceId, link.spanId) },
            icon("link"),
            el("code", {}, `${link.traceId.slice(0, 16)}…`),
            el("span", { class: "muted" }, ` span ${link.spanId}`),
          ),
          link.attributes.length > 0 ? attributeTable(link.attributes) : null,
        )
      ),
    ),
    more(links.length, "links"),
  );
}

/**
 * @param {number} count
 * @param {string} what
 */
function more(count, what) {
  return count > MAX_SHOWN
    ? el("p", { class: "muted" }, `${count - MAX_SHOWN} more ${what}: download the trace as JSON to see them`)
    : null;
}
