// Tooltip of a span's bar: duration, self time and time on the critical path.

import { asynchronousPart, offPathText } from "../model/asynchronous.js";
import { callTargetText } from "../model/call-target.js";
import { describeMarkers, spreadMarkers } from "../model/markers.js";
import { outcomeText } from "../model/error-outcome.js";
import { calledService } from "../model/remote-call.js";
import { formatApart, formatDuration, plural } from "../model/duration.js";
import { waitText } from "../model/wait-text.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";
import { EVENTS_APART_PX } from "./span-bar.js";
import { shareOfTrace } from "../model/share.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const POINTER_OFFSET_PX = 16;
/** Delay, so that a passing pointer shows nothing. */
const HOVER_DELAY_MILLIS = 120;

/**
 * @param {HTMLElement} rows
 * @param {HTMLElement} tooltip
 * @param {TraceScreen} screen
 * @param {(target: EventTarget | null) => number} rowFrom
 */
export function barTooltip(rows, tooltip, screen, rowFrom) {
  let shown = -1;
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    shown = -1;
    tooltip.hidden = true;
  };
  rows.addEventListener("pointermove", (event) => {
    const track = event.target instanceof Element ? event.target.closest(".track-cell") : null;
    const row = track && event.pointerType === "mouse" && event.buttons === 0 ? rowFrom(event.target) : -1;
    if (row < 0) {
      hide();
      return;
    }
    const { clientX, clientY } = event;
    if (row === shown) {
      place(tooltip, clientX, clientY);
      return;
    }
    hide();
    timer = setTimeout(() => {
      shown = row;
      describe(tooltip, screen, row, track?.firstElementChild?.clientWidth ?? 0);
      tooltip.hidden = false;
      place(tooltip, clientX, clientY);
    }, HOVER_DELAY_MILLIS);
  });
  rows.addEventListener("pointerleave", hide);
  rows.addEventListener("scroll", hide, { passive: true });
  rows.addEventListener("pointerdown", hide);
}

/**
 * @param {HTMLElement} tooltip
 * @param {TraceScreen} screen
 * @param {number} row
 * @param {number} width of the axis in pixels
 */
function describe(tooltip, screen, row, width) {
  const { trace, self, critical } = screen;
  if (trace.placeholder[row] === 1) {
    describeMissing(tooltip, trace, row);
    return;
  }
  const target = callTargetText(trace, row);
  const wait = waitText(trace, row);
  const message = trace.messages.get(row) ?? "";
  const outcome = trace.unreached.get(row);
  const markers = spreadMarkers(screen.index?.events.get(row) ?? [], screen.window, width, EVENTS_APART_PX);
  const onPath = critical.time[row];
  fill(
    tooltip,
    el(
      "div",
      { class: `tip-title ${colorClass(trace.serviceOf(row))}` },
      el("span", { class: "dot" }),
      el("span", { class: "tip-service" }, trace.serviceOf(row)),
      el("strong", {}, trace.names[row] || "(no name)"),
    ),
    el(
      "dl",
      { class: "tip-facts" },
      ...(message ? fact("Error", message) : []),
      ...(outcome ? fact("Outcome", outcomeText(outcome)) : []),
      ...(target ? fact("Called", target) : []),
      ...fact(
        "Duration",
        `${formatDuration(trace.length[row])}, ${shareOfTrace(trace, trace.length[row])}`,
      ),
      ...fact("Time", timeText(trace, row)),
      ...(trace.children[row] > 0
        ? fact(
          trace.kindOf(row) === "client" && calledService(trace, row) ? "Not covered by the callee" : "Self time",
          `${formatDuration(self[row])}, child spans ${formatDuration(trace.length[row] - self[row])}`,
        )
        : []),
      ...(wait ? fact(trace.waits.givenUpOf.has(row) ? "Call" : "Message", wait) : []),
      ...(trace.events[row] > 0 ? fact("Events", describeMarkers(trace.events[row], markers)) : []),
      ...(onPath > 0
        ? fact("Critical path", formatDuration(onPath))
        : asynchronousPart(trace, row) >= 0
        ? fact("Critical path", offPathText(trace, row))
        : []),
    ),
  );
}

/**
 * @param {HTMLElement} tooltip
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function describeMissing(tooltip, trace, row) {
  fill(
    tooltip,
    el("div", { class: "tip-title" }, el("strong", {}, "Missing parent")),
    el(
      "dl",
      { class: "tip-facts" },
      ...fact("Span ID", trace.ids[row] ?? ""),
      ...fact("Children", `${plural(trace.children[row], "child span")}`),
      ...fact("Time of the children", timeText(trace, row)),
    ),
  );
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function timeText(trace, row) {
  const [from, to] = [trace.start[row], trace.endOf(row)];
  return `${formatApart(from, to - from)} to ${formatApart(to, to - from)}`;
}

/**
 * @param {string} term
 * @param {string} value
 */
function fact(term, value) {
  return [el("dt", {}, term), el("dd", {}, value)];
}

/**
 * @param {HTMLElement} tooltip
 * @param {number} x of the pointer
 * @param {number} y
 */
function place(tooltip, x, y) {
  // Beside the pointer, and never over the details panel that stands beside the waterfall.
  const panel = document.querySelector(".workspace:not(.details-overlay) > .details:not([hidden])");
  const limit = (panel?.getBoundingClientRect().left ?? innerWidth) - 8;
  const right = x + POINTER_OFFSET_PX;
  const fits = right + tooltip.offsetWidth <= limit;
  const left = fits ? right : Math.min(x - POINTER_OFFSET_PX, limit) - tooltip.offsetWidth;
  const below = y + POINTER_OFFSET_PX + tooltip.offsetHeight < innerHeight - 8;
  const top = below ? y + POINTER_OFFSET_PX : y - POINTER_OFFSET_PX - tooltip.offsetHeight;
  tooltip.style.setProperty("transform", `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`);
}
