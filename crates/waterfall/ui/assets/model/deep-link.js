// Serializes the state of the trace page to URL parameters and back: selected span, zoom, view, search, highlighted
// services and clock adjustment. URL parameters are untrusted: invalid values are ignored.

import { VIEWS } from "./trace-screen.js";

/** @typedef {import("./trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {TraceScreen} screen
 * @returns {URLSearchParams}
 */
export function toParams(screen) {
  const params = new URLSearchParams();
  const { window, search } = screen;
  const id = screen.selected >= 0 ? screen.trace.keyOf(screen.selected) : screen.pendingSpanId;
  if (id) params.set("span", id);
  if (screen.detailsOpen && id) params.set("details", "");
  if (!window.isWhole) {
    params.set("from", String(Math.round(window.from)));
    params.set("to", String(Math.round(window.to)));
  }
  if (screen.view !== "waterfall") params.set("view", screen.view);
  if (screen.compareWith) params.set("with", screen.compareWith);
  if (search.text) params.set("find", search.text);
  if (search.text && search.only) params.set("only", "");
  for (const service of screen.focus) params.append("service", service);
  if (screen.corrected) params.set("clocks", "corrected");
  return params;
}

/**
 * @param {URLSearchParams} params
 * @returns {boolean} whether the link asks for all times by one clock
 */
export function wantsCorrected(params) {
  return params.get("clocks") === "corrected";
}

/**
 * @param {TraceScreen} screen
 * @param {URLSearchParams} params
 */
export function fromParams(screen, params) {
  screen.corrected = wantsCorrected(params);
  const from = Number(params.get("from") ?? Number.NaN);
  const to = Number(params.get("to") ?? Number.NaN);
  if (to > from) screen.window.show(from, to);
  for (const service of params.getAll("service")) screen.focus.add(service);
  screen.view = VIEWS.find((view) => view === params.get("view")) ?? "waterfall";
  const other = (params.get("with") ?? "").toLowerCase();
  screen.compareWith = /^[0-9a-f]{1,32}$/.test(other) ? other : null;
  const find = params.get("find");
  if (find) screen.find(find);
  if (find && params.has("only")) screen.showOnlyMatches(true);
  const span = params.get("span");
  if (!span) return;
  screen.goToId(span);
  screen.detailsOpen = params.has("details");
}
