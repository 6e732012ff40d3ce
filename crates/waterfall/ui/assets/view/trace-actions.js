// Actions of the trace page's keyboard shortcuts.

import { listAddress } from "./list-address.js";

/** @typedef {import("./trace-keys.js").KeyAction} KeyAction */
/** @typedef {import("./trace-view.js").TraceView} TraceView */

/**
 * @param {TraceView} view
 * @param {{ theme: () => void, help: () => void }} page actions of the page itself
 * @returns {Record<KeyAction, () => void>}
 */
export function traceActions(view, page) {
  const { screen } = view;
  return {
    down: () => view.go(() => screen.move(1)),
    up: () => view.go(() => screen.move(-1)),
    pageDown: () => view.go(() => screen.move(view.rows.page)),
    pageUp: () => view.go(() => screen.move(-view.rows.page)),
    first: () => view.go(() => screen.selectFirst()),
    last: () => view.go(() => screen.selectLast()),
    in: () => view.go(() => screen.stepIn()),
    out: () => view.go(() => screen.stepOut()),
    open: () => view.openSelected(),
    escape: () => escape(view),
    search: () => view.findBox.focus(),
    nextMatch: () => view.goToMatch(1),
    previousMatch: () => view.goToMatch(-1),
    nextError: () => view.go(() => screen.goToError(1)),
    previousError: () => view.go(() => screen.goToError(-1)),
    slowest: () => view.go(() => screen.goTo(screen.insights.focus)),
    zoomIn: () => view.act(() => screen.zoomBy(0.6)),
    zoomOut: () => view.act(() => screen.zoomBy(1 / 0.6)),
    zoomReset: () => view.act(() => screen.window.reset()),
    zoomSelected: () => view.act(() => screen.zoomToSelected()),
    panLeft: () => view.act(() => screen.window.pan(-0.2)),
    panRight: () => view.act(() => screen.window.pan(0.2)),
    expandAll: () => view.act(() => screen.expandAll()),
    collapseAll: () => view.act(() => screen.collapseAll()),
    toggleSubtree: () => view.act(() => screen.selected >= 0 && screen.toggleSubtree(screen.selected)),
    critical: () =>
      view.act(() => {
        screen.showCritical = !screen.showCritical;
      }),
    clocks: () => view.correctClocks(!screen.corrected),
    zone: () => view.nextZone(),
    nextView: () => view.switchTo(view.views.next),
    traceList: () => location.assign(listAddress()),
    services: () => location.assign("/?view=services"),
    doctor: () => location.assign("/doctor"),
    ...page,
  };
}

/**
 * Steps back: closes the details, then clears search, highlighted services, zoom and selection.
 * @param {TraceView} view
 */
function escape(view) {
  const { screen } = view;
  if (screen.detailsOpen && screen.selected >= 0) view.closeDetails();
  else if (screen.search.text) view.act(() => screen.find(""));
  else if (screen.focus.size > 0) view.act(() => screen.focus.clear());
  else if (!screen.window.isWhole) view.act(() => screen.window.reset());
  else view.act(() => screen.select(-1));
}
