// Switches between the views of a trace. A view is created and computed only when shown.

import { quoteValue } from "../model/trace-filter.js";
import { VIEWS } from "../model/trace-screen.js";
import { CompareView } from "./compare-view.js";
import { el, fill, setAttribute } from "./dom.js";
import { FlameView } from "./flame-view.js";
import { GraphView } from "./graph-view.js";
import { LogView } from "./log-view.js";
import { TableView } from "./table-view.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/trace-screen.js").ViewName} ViewName */

/** @type {Record<ViewName, string>} */
const LABELS = {
  waterfall: "Waterfall",
  flame: "Flame",
  table: "Table",
  graph: "Graph",
  logs: "Logs",
  compare: "Compare",
};

/**
 * @typedef {object} ViewHooks
 * @property {(view: ViewName) => void} switchTo
 * @property {(row: number) => void} open
 * @property {(query: string) => void} find
 * @property {() => void} compared another trace was chosen for comparison
 */

export class ViewSwitch {
  /**
   * @param {HTMLElement} tabs
   * @param {HTMLElement} waterfall
   * @param {HTMLElement} other container of the other views
   * @param {TraceScreen} screen
   * @param {ViewHooks} hooks
   */
  constructor(tabs, waterfall, other, screen, hooks) {
    this.tabs = tabs;
    this.waterfall = waterfall;
    this.other = other;
    this.screen = screen;
    this.hooks = hooks;
    /** @type {Partial<Record<ViewName, { element: HTMLElement, show(): void, reveal?(): void }>>} */
    this.views = {};
    fill(
      tabs,
      ...VIEWS.map((view) => {
        const tab = el("button", { type: "button", "data-view": view }, LABELS[view]);
        tab.addEventListener("click", () => hooks.switchTo(view));
        return tab;
      }),
    );
  }

  show() {
    const { view } = this.screen;
    for (const tab of this.tabs.children) {
      setAttribute(tab, "aria-pressed", String(tab instanceof HTMLElement && tab.dataset.view === view));
    }
    this.waterfall.hidden = view !== "waterfall";
    this.other.hidden = view === "waterfall";
    if (view === "waterfall") return;
    const shown = (this.views[view] ??= this.#make(view));
    if (this.other.firstChild !== shown.element) fill(this.other, shown.element);
    shown.show();
  }

  /** Marks the selected span in the view that is shown, and brings it into view. */
  reveal() {
    this.views[this.screen.view]?.reveal?.();
  }

  /** @param {Exclude<ViewName, "waterfall">} view */
  #make(view) {
    const { screen, hooks } = this;
    if (view === "flame") return new FlameView(screen, hooks.open);
    if (view === "table") {
      /** @type {import("./table-view.js").FindOperation} */
      const find = (service, { kind, name }) =>
        hooks.find(`service=${quoteValue(service)} kind=${kind} name=${quoteValue(name)}`);
      return new TableView(screen, find, hooks.open);
    }
    if (view === "logs") return new LogView(screen, hooks.open);
    if (view === "compare") return new CompareView(screen, hooks.compared);
    return new GraphView(screen, (service) => hooks.find(`service=${quoteValue(service)}`), hooks.open);
  }

  /** @returns {ViewName} */
  get next() {
    return VIEWS[(VIEWS.indexOf(this.screen.view) + 1) % VIEWS.length];
  }
}
