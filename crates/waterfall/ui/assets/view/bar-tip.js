// What the bar under the pointer says in figures.

import { calledService } from "../model/hop.js";
import { formatDuration, formatShare } from "../model/duration.js";
import { el, fill } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const AWAY_PX = 16;
/** A pointer that only passes is told nothing. */
const REST_MILLIS = 120;

/**
 * @param {HTMLElement} rows
 * @param {HTMLElement} tip
 * @param {TraceScreen} screen
 * @param {(target: EventTarget | null) => number} rowFrom
 */
export function barTip(rows, tip, screen, rowFrom) {
  let shown = -1;
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    shown = -1;
    tip.hidden = true;
  };
  rows.addEventListener("pointermove", (event) => {
    const onTrack = event.target instanceof Element && event.target.closest(".track-cell") !== null;
    const row = onTrack && event.pointerType === "mouse" && event.buttons === 0 ? rowFrom(event.target) : -1;
    if (row < 0 || screen.trace.gap[row] === 1) {
      hide();
      return;
    }
    const { clientX, clientY } = event;
    if (row === shown) {
      place(tip, clientX, clientY);
      return;
    }
    hide();
    timer = setTimeout(() => {
      shown = row;
      describe(tip, screen, row);
      tip.hidden = false;
      place(tip, clientX, clientY);
    }, REST_MILLIS);
  });
  rows.addEventListener("pointerleave", hide);
  rows.addEventListener("scroll", hide, { passive: true });
  rows.addEventListener("pointerdown", hide);
}

/**
 * @param {HTMLElement} tip
 * @param {TraceScreen} screen
 * @param {number} row
 */
function describe(tip, screen, row) {
  const { trace, self, critical } = screen;
  const onPath = critical?.time[row] ?? 0;
  fill(
    tip,
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
      ...fact(
        "Lasts",
        `${formatDuration(trace.length[row])}, ${formatShare(trace.length[row], trace.duration)} of the trace`,
      ),
      ...fact("From", `${formatDuration(trace.start[row])} to ${formatDuration(trace.endOf(row))}`),
      ...(trace.children[row] > 0
        ? fact(
          calledService(trace, row) ? "On the way" : "Works itself",
          `${formatDuration(self[row])}, waits ${formatDuration(trace.length[row] - self[row])}`,
        )
        : []),
      ...(onPath > 0 ? fact("Critical path", formatDuration(onPath)) : []),
    ),
  );
}

/**
 * @param {string} term
 * @param {string} value
 */
function fact(term, value) {
  return [el("dt", {}, term), el("dd", {}, value)];
}

/**
 * @param {HTMLElement} tip
 * @param {number} x of the pointer
 * @param {number} y
 */
function place(tip, x, y) {
  const left = Math.min(x + AWAY_PX, innerWidth - tip.offsetWidth - 8);
  const below = y + AWAY_PX + tip.offsetHeight < innerHeight - 8;
  const top = below ? y + AWAY_PX : y - AWAY_PX - tip.offsetHeight;
  tip.style.setProperty("transform", `translate(${Math.round(Math.max(8, left))}px, ${Math.round(top)}px)`);
}
