// Sections of the details panel for events and links.

import { formatApart, formatCount, formatDuration } from "../model/duration.js";
import { leastApart, longestPause, PAGE_EVENTS, pageOf } from "../model/event-list.js";
import { tracePagePath } from "../net/api.js";
import { attributeTable } from "./attribute-table.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../model/span-details.js").SpanEvent} SpanEvent */
/** @typedef {import("../model/span-details.js").SpanLink} SpanLink */

/** Maximum number of links shown. */
const MAX_LINKS = 200;
/** With so many events, some may share a diamond on the bar. */
const CROWD = 20;

/**
 * @param {SpanEvent[]} events in time order
 * @param {number} total with those that the server left out
 * @param {(offset: number) => number} sinceStart nanoseconds from the start of the span
 * @param {(from: number, to: number) => void} mark marks an interval on the time axis, by offsets of events
 */
export function eventSection(events, total, sinceStart, mark) {
  const list = el("ol", { class: "events", tabindex: "-1" });
  const range = el("span", { class: "muted", role: "status" });
  const step = (/** @type {string} */ label, /** @type {number} */ by) => {
    const button = el("button", { type: "button", class: "button" }, label);
    button.addEventListener("click", () => show(first + by));
    return button;
  };
  const [previous, next] = [step("Previous", -PAGE_EVENTS), step("Next", PAGE_EVENTS)];
  let first = 0;
  const show = (/** @type {number} */ from) => {
    first = from;
    const shown = events.slice(first, first + PAGE_EVENTS);
    const apart = leastApart(shown);
    fill(
      list,
      ...shown.map((event, at) => eventItem(event, first + at + 1, formatApart(sinceStart(event.offset), apart))),
    );
    range.textContent = `${formatCount(first + 1)} to ${formatCount(first + shown.length)} of ${formatCount(total)}`;
    previous.disabled = first === 0;
    next.disabled = first + PAGE_EVENTS >= events.length;
  };
  show(0);
  const pause = longestPause(events);
  const goToPause = () => {
    show(pageOf(pause?.after ?? 1));
    const item = list.querySelector(`[data-event="${pause?.after}"]`);
    item?.scrollIntoView({ block: "center" });
    item?.classList.add("marked");
    const after = pause?.after ?? 1;
    mark(events[after - 1]?.offset ?? 0, events[after]?.offset ?? 0);
  };
  return el(
    "section",
    { class: "section" },
    el("h3", {}, "Events", el("span", { class: "muted" }, ` ${formatCount(total)}`)),
    el("p", { class: "muted" }, "Times count from the start of the span."),
    total >= CROWD
      ? el("p", { class: "muted" }, "Where events lie close together, the bar shows samples of them.")
      : null,
    pause ? pauseLine(events, pause, goToPause) : null,
    events.length > PAGE_EVENTS ? el("div", { class: "pages" }, previous, next, range) : null,
    list,
    events.length < total
      ? el(
        "p",
        { class: "muted" },
        `The first ${formatCount(events.length)} are listed. Download the trace as OTLP JSON for all ${
          formatCount(total)
        }.`,
      )
      : null,
  );
}

/**
 * @param {SpanEvent[]} events
 * @param {import("../model/event-list.js").Pause} pause
 * @param {() => void} go
 */
function pauseLine(events, { after, length }, go) {
  const button = el(
    "button",
    { type: "button", class: "link-button", title: "Show the event, and mark the pause on the time axis" },
    `${formatDuration(length)} after event ${formatCount(after)}`,
  );
  button.addEventListener("click", go);
  return el("p", { class: "pause" }, "Longest pause: ", button, ` (${events[after - 1]?.name || "no name"})`);
}

/**
 * @param {SpanEvent} event
 * @param {number} number from 1
 * @param {string} time since the start of the span
 */
function eventItem(event, number, time) {
  const line = [
    el(
      "span",
      { class: event.name === "exception" ? "event-name exception" : "event-name" },
      event.name || "(no name)",
    ),
    " ",
    el(
      "span",
      { class: "event-time muted", title: "Since span start" },
      time.startsWith("−") ? time : `+${time}`,
    ),
  ];
  const item = el("li", { class: "event", "data-event": String(number) });
  if (event.attributes.length === 0) {
    fill(item, el("div", { class: "event-line" }, ...line));
    return item;
  }
  const open = event.name === "exception" || event.attributes.length < 4;
  fill(
    item,
    el("details", { open }, el("summary", { class: "event-line" }, ...line), attributeTable(event.attributes)),
  );
  return item;
}

/**
 * @param {string} title
 * @param {string} hint
 * @param {SpanLink[]} links
 * @param {number} total with those that the server left out
 */
export function linkSection(title, hint, links, total) {
  const shown = links.slice(0, MAX_LINKS);
  return el(
    "section",
    { class: "section" },
    el("h3", { title: hint }, title, el("span", { class: "muted" }, ` ${formatCount(total)}`)),
    el(
      "ul",
      { class: "links" },
      ...shown.map((link) =>
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
    shown.length < total
      ? el(
        "p",
        { class: "muted" },
        `The first ${formatCount(shown.length)} are listed. Download the trace as OTLP JSON for all ${
          formatCount(total)
        }.`,
      )
      : null,
  );
}
