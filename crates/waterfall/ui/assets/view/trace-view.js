// The trace page's view: connects the screen model with the parts that draw it.

import { fromParams, toParams } from "../model/deep-link.js";
import { barTooltip } from "./bar-tooltip.js";
import { showClockSkewNotice } from "./clock-skew-notice.js";
import { byId, keepFocus } from "./dom.js";
import { FindBox } from "./find-box.js";
import { FindingsLoader } from "./findings-loader.js";
import { showFindings } from "./findings-notice.js";
import { HeldHeight } from "./held-height.js";
import { IndexLoader } from "./index-loader.js";
import { LogLoader } from "./log-loader.js";
import { Minimap } from "./minimap.js";
import { keepApart } from "./service-color.js";
import { showMissingParents } from "./missing-parents-notice.js";
import { RowList } from "./row-list.js";
import { showServiceChips, updateServiceChips } from "./service-chips.js";
import { SpanPanel } from "./span-panel.js";
import { Splitter } from "./splitter.js";
import { TimeAxis } from "./time-axis.js";
import { toggleZone } from "./time-zone.js";
import { showSummary } from "./trace-summary.js";
import { ViewSwitch } from "./view-switch.js";
import { waterfallHeader } from "./waterfall-header.js";

/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

const DURATION_PX = 84;
const DETAILS_NARROW_PX = 900;
/** Browsers limit changes of the URL to some hundred per few seconds. */
const ADDRESS_MILLIS = 120;

export class TraceView {
  /**
   * @param {TraceScreen} screen
   * @param {() => void} reload requests the trace by the clocks that the screen wants
   */
  constructor(screen, reload) {
    this.screen = screen;
    this.reload = reload;
    this.parts = {
      header: byId("header"),
      summary: byId("summary"),
      services: byId("services"),
      findings: byId("findings"),
      notices: byId("notices"),
      clocks: byId("clocks"),
      details: byId("details"),
      workspace: byId("workspace"),
      waterfall: byId("waterfall"),
      rows: byId("rows"),
      splitter: byId("splitter"),
    };
    this.addressTimer = 0;
    /**
     * The search whose first match was scrolled into view.
     * @type {string | null}
     */
    this.revealed = null;
    /** Workspace size of the last layout. */
    this.laidOut = { width: 0, height: 0 };
    fromParams(screen, new URLSearchParams(location.search));
    const { parts } = this;
    this.panel = new SpanPanel(parts.details, screen, {
      goTo: (row) => this.openDetails(row),
      close: () => this.closeDetails(),
      zoom: () => this.act(() => screen.zoomToSelected()),
      show: (from, to) => this.act(() => screen.window.fit(from, to)),
      mark: (from, to) => this.act(() => screen.mark(from, to)),
    });
    this.head = waterfallHeader(byId("head"), {
      levels: (by) => this.act(() => screen.toDepth(screen.outline.levels + by)),
      expandAll: () => this.act(() => screen.expandAll()),
      collapseAll: () => this.act(() => screen.collapseAll()),
    });
    this.rows = new RowList(parts.rows, screen, {
      select: (row) => this.act(() => screen.select(row)),
      open: (row) => this.openDetails(row),
      toggle: (row, whole) => this.act(() => (whole ? screen.toggleSubtree(row) : screen.toggle(row))),
    });
    barTooltip(parts.rows, byId("tooltip"), screen, (target) => this.rows.rowFrom(target));
    this.axis = new TimeAxis(
      this.head.axis,
      byId("grid-lines"),
      byId("hairline"),
      byId("body"),
      screen,
      () => this.zoomed(),
    );
    this.minimap = new Minimap(byId("minimap"), screen, () => this.zoomed());
    this.index = new IndexLoader(screen, () => this.#found());
    this.logs = new LogLoader(screen, () => this.#logsLoaded());
    this.findings = new FindingsLoader(screen, () => this.#findingsLoaded());
    this.findBox = new FindBox(byId("search"), screen, {
      search: (text) => this.#search(text),
      next: (direction) => this.goToMatch(direction),
      only: (only) => this.go(() => screen.showOnlyMatches(only)),
      leave: () => parts.rows.focus(),
    });
    this.views = new ViewSwitch(byId("views"), parts.waterfall, byId("other-view"), screen, {
      switchTo: (view) => this.switchTo(view),
      open: (row) => this.openDetails(row),
      compared: () => this.writeAddress(),
      find: (query) => {
        screen.find(query);
        this.switchTo("waterfall");
      },
    });
    this.nameSplitter = new Splitter(this.head.splitter, {
      key: "waterfall.nameWidth",
      size: Math.round(Math.min(520, Math.max(300, innerWidth * 0.36))),
      bounds: () => [160, parts.waterfall.clientWidth - DURATION_PX - 160],
      direction: 1,
      moved: () => this.layout(),
    });
    this.detailsSplitter = new Splitter(parts.splitter, {
      key: "waterfall.detailsWidth",
      size: 420,
      bounds: () => [280, parts.workspace.clientWidth * 0.6],
      direction: -1,
      moved: () => this.layout(),
    });
    new ResizeObserver(() => this.#resized()).observe(parts.workspace);
    this.held = new HeldHeight(byId("overview"), [parts.workspace, byId("toolbar")], () => this.layout());
    this.showTrace();
    this.layout();
    this.#reveal("center");
    if (screen.selected >= 0) this.revealed = screen.search.text;
    else this.#revealFirstMatch();
    parts.rows.focus({ preventScroll: true });
    this.#drawLater();
  }

  /** Work after the first paint: attributes and log records. */
  #drawLater() {
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.index.loadIfNeeded();
        this.logs.loadIfNeeded();
        this.findings.loadIfNeeded();
      })
    );
  }

  /** @param {Trace} trace a newer version of the trace */
  update(trace) {
    this.#replace(() => this.screen.update(trace));
  }

  /** @param {boolean} corrected */
  correctClocks(corrected) {
    this.screen.corrected = corrected;
    this.reload();
    this.writeAddress();
  }

  /** @param {() => void} change replaces the trace; scroll position and selection are kept */
  #replace(change) {
    const anchor = this.rows.anchor();
    this.held.hold();
    change();
    keepFocus(this.parts.header, () => this.showTrace());
    this.held.mark();
    this.layout();
    if (this.screen.view === "waterfall") {
      this.rows.restore(anchor);
      this.rows.draw();
    }
    this.#drawLater();
  }

  showTrace() {
    const { screen, parts } = this;
    const { trace } = screen;
    keepApart(trace.services);
    document.title = `${trace.serviceOf(trace.root)} ${trace.names[trace.root] ?? ""} · waterfall`;
    const goTo = (/** @type {number} */ row) => this.openDetails(row);
    showSummary(parts.summary, screen, goTo);
    showServiceChips(parts.services, screen, (service) => this.act(() => screen.toggleFocus(service)));
    showFindings(parts.findings, screen, goTo);
    showMissingParents(parts.notices, screen, goTo);
    showClockSkewNotice(parts.clocks, screen, (corrected) => this.correctClocks(corrected));
  }

  #resized() {
    const { clientWidth, clientHeight } = this.parts.workspace;
    if (clientWidth !== this.laidOut.width || clientHeight !== this.laidOut.height) this.layout();
  }

  layout() {
    const { screen, parts } = this;
    const { workspace, details } = parts;
    this.laidOut = { width: workspace.clientWidth, height: workspace.clientHeight };
    const isOpen = screen.detailsOpen && screen.selected >= 0;
    const overlay = workspace.clientWidth < DETAILS_NARROW_PX;
    details.hidden = !isOpen;
    parts.splitter.hidden = !isOpen || overlay;
    workspace.classList.toggle("details-overlay", overlay);
    details.style.setProperty("--details-width", `${this.detailsSplitter.size}px`);
    this.views.show();
    if (screen.view === "waterfall") this.#measureWaterfall();
    this.draw();
  }

  /** Sizes the columns of the waterfall, which must be shown: what is hidden has no size. */
  #measureWaterfall() {
    const { waterfall } = this.parts;
    const nameWidth = this.nameSplitter.size;
    waterfall.style.setProperty("--name-width", `${nameWidth}px`);
    this.rows.measure(nameWidth, DURATION_PX);
    waterfall.classList.toggle("narrow", this.rows.narrow);
    const { axisWidth } = this.rows.layout;
    waterfall.style.setProperty("--axis-width", `${axisWidth}px`);
    this.axis.measure(this.rows.narrow ? 12 : nameWidth + DURATION_PX + 8, axisWidth);
    this.minimap.paint();
  }

  /** @param {import("../model/trace-screen.js").ViewName} view */
  switchTo(view) {
    const { workspace } = this.parts;
    const focused = document.activeElement;
    const takesFocus = focused === null || focused === document.body || workspace.contains(focused);
    this.screen.view = view;
    this.held.release();
    this.layout();
    if (takesFocus) this.#focusView();
    this.#reveal("nearest");
    this.writeAddress();
  }

  /** Keys then work on the view, not on what it replaced. */
  #focusView() {
    const { workspace, rows } = this.parts;
    const view = this.screen.view === "waterfall" ? rows : workspace.querySelector('.other-view [tabindex="0"]');
    if (view instanceof HTMLElement) view.focus({ preventScroll: true });
  }

  draw() {
    const { screen } = this;
    if (screen.view === "waterfall") {
      this.rows.draw();
      this.axis.draw();
      this.minimap.draw();
    }
    this.findBox.show();
    this.head.show(screen);
    updateServiceChips(this.parts.services, screen);
    if (screen.view === "logs") this.views.show();
    this.panel.show();
  }

  /** The theme has changed. */
  repaint() {
    if (this.screen.view === "waterfall") this.minimap.paint();
    this.views.show();
    this.draw();
  }

  nextZone() {
    toggleZone();
    this.showTrace();
    this.views.show();
    this.panel.redraw();
  }

  #logsLoaded() {
    if (this.screen.view === "logs") this.views.show();
    this.panel.redraw();
    this.draw();
  }

  #findingsLoaded() {
    this.held.hold();
    showFindings(this.parts.findings, this.screen, (row) => this.openDetails(row));
    this.held.mark();
    this.panel.redraw();
    this.draw();
  }

  /** @param {string} text */
  #search(text) {
    this.act(() => this.screen.find(text));
    this.index.loadIfNeeded();
    this.#found();
  }

  /** What is found has changed: every view but Compare shows it. */
  #found() {
    if (this.screen.view !== "compare") this.views.show();
    this.draw();
    this.#revealFirstMatch();
  }

  /** Scrolls to the first match of a new search, once, unless a match is in view. */
  #revealFirstMatch() {
    const { search, view, outline } = this.screen;
    if (view !== "waterfall" || search.text === this.revealed || search.first < 0) return;
    this.revealed = search.text;
    if (this.rows.isAnyInView((row) => search.has(row))) return;
    this.rows.reveal(outline.rowAt(outline.indexOf(search.first)), "center");
    this.rows.draw();
  }

  /** @param {1 | -1} direction */
  goToMatch(direction) {
    if (!this.screen.goToMatch(direction)) return;
    if (this.screen.view === "waterfall") this.go(() => {});
    else this.openDetails(this.screen.selected);
  }

  /** @param {"nearest" | "center"} place */
  #reveal(place) {
    const { selected, view } = this.screen;
    if (selected < 0) return;
    if (view !== "waterfall") {
      this.views.reveal();
      return;
    }
    this.rows.reveal(selected, place);
    this.rows.draw();
  }

  zoomed() {
    this.rows.draw();
    this.axis.draw();
    this.minimap.draw();
    this.writeAddress();
  }

  /**
   * Applies a change to the screen model and redraws.
   * @param {() => void} change
   */
  act(change) {
    change();
    this.draw();
    this.writeAddress();
  }

  /**
   * The same, and scrolls the selected row into view. A focused button loses the focus, so that Enter opens the row.
   * @param {() => void} change
   */
  go(change) {
    change();
    this.draw();
    if (document.activeElement?.closest("button, a")) this.#focusView();
    this.#reveal("nearest");
    this.writeAddress();
  }

  /** @param {number} row */
  openDetails(row) {
    const wasOpen = this.screen.detailsOpen;
    this.screen.detailsOpen = true;
    this.screen.goTo(row);
    if (wasOpen) this.draw();
    else this.layout();
    this.#reveal("nearest");
    this.writeAddress();
  }

  /** Opens the details of the selected row, or of the first, and focuses them. */
  openSelected() {
    if (this.screen.selected < 0) this.screen.move(1);
    this.openDetails(this.screen.selected);
    const body = this.parts.details.querySelector(".details-body");
    if (body instanceof HTMLElement) body.focus();
  }

  closeDetails() {
    this.screen.detailsOpen = false;
    this.layout();
    this.writeAddress();
    this.parts.rows.focus({ preventScroll: true });
  }

  writeAddress() {
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => {
      const params = toParams(this.screen).toString().replace(/=(?=&|$)/g, "");
      history.replaceState(null, "", params ? `?${params}` : location.pathname);
    }, ADDRESS_MILLIS);
  }
}
