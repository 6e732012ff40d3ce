// The trace page, wired: the model's screen in the middle, views that draw it, and what the reader does.

import { readTrace } from "./model/trace.js";
import { TraceScreen } from "./model/trace-screen.js";
import { getTraceSince, NotFound } from "./net/api.js";
import { firstTrace } from "./net/early-answer.js";
import { Live } from "./net/live.js";
import { Refresher } from "./net/refresher.js";
import { barTip } from "./view/bar-tip.js";
import { byId } from "./view/dom.js";
import { FindBox } from "./view/find-box.js";
import { helpOverlay } from "./view/help.js";
import { IndexLoader } from "./view/index-loader.js";
import { showLinkState } from "./view/link-state.js";
import { Minimap } from "./view/minimap.js";
import { RowList } from "./view/row-list.js";
import { SpanPanel } from "./view/span-panel.js";
import { Splitter } from "./view/splitter.js";
import { themeToggle } from "./view/theme.js";
import { TimeAxis } from "./view/time-axis.js";
import { waterfallHead } from "./view/waterfall-head.js";
import { markServices, showNotices, showServices, showSummary } from "./view/trace-summary.js";
import { TRACE_HELP, traceKey } from "./view/trace-keys.js";
import { ViewSwitch } from "./view/view-switch.js";
import { showWaiting } from "./view/waiting.js";

/** @typedef {import("./view/trace-keys.js").KeyAction} KeyAction */

const DURATION_PX = 84;
const DETAILS_NARROW_PX = 900;
/** Of more spans than this, the critical path comes after the first picture. */
const AT_ONCE_SPANS = 20_000;
const HELP_NOTE =
  "A bar is solid where the span works itself and pale where it waits for its children. The line beneath is the critical path: what the answer waited for. Find understands words and service= name= kind= status= duration> self> depth=, and attributes: http.route=/users.";

/** As W3C writes it; some write an id of 64 bits without the zeros before it. */
const traceId = (location.pathname.split("/").pop() ?? "").toLowerCase().padStart(32, "0");
const page = {
  main: byId("trace"),
  waiting: byId("waiting"),
  summary: byId("summary"),
  services: byId("services"),
  notices: byId("notices"),
  details: byId("details"),
  workspace: byId("workspace"),
  waterfall: byId("waterfall"),
  rows: byId("rows"),
  splitter: byId("splitter"),
  crumb: byId("crumb"),
};

/** @type {TracePage | null} */
let open = null;
/**
 * The server's name for the version that is shown.
 * @type {string | null}
 */
let version = null;

const help = helpOverlay(byId("help"), TRACE_HELP, HELP_NOTE);
byId("help-button").addEventListener("click", help.toggle);
const nextTheme = themeToggle(byId("theme"), () => open?.repaint());

const refresher = new Refresher(load);
const live = new Live({
  changed: (id) => id === traceId && refresher.poke(),
  resync: () => refresher.poke(),
  state: (state) => showLinkState(byId("link-state"), state),
});

async function load() {
  try {
    const answer = await (open ? getTraceSince(traceId, version) : firstTrace(traceId));
    live.reportAnswer(true);
    if (answer === null) return;
    version = answer.tag;
    const trace = readTrace(answer.json);
    if (open) open.update(trace);
    else open = new TracePage(new TraceScreen(trace));
  } catch (error) {
    if (open === null) showWaiting(page.waiting, traceId, error);
    live.reportAnswer(!(error instanceof TypeError));
    if (!(error instanceof NotFound) && !(error instanceof TypeError)) console.error(error);
  }
}

class TracePage {
  /** @param {TraceScreen} screen */
  constructor(screen) {
    this.screen = screen;
    this.panel = new SpanPanel(page.details, screen, {
      goTo: (row) => this.openDetails(row),
      close: () => this.closeDetails(),
      zoom: () => this.act(() => screen.zoomToSelected()),
    });
    this.urlTimer = 0;
    /** The window's size that the sizes of all parts were taken from. */
    this.laidOut = { width: 0, height: 0 };

    page.waiting.hidden = true;
    page.main.hidden = false;
    screen.fromParams(new URLSearchParams(location.search));

    const head = waterfallHead(byId("head"), {
      levels: (by) => this.act(() => screen.toDepth(screen.outline.levels + by)),
      expandAll: () => this.act(() => screen.expandAll()),
      collapseAll: () => this.act(() => screen.collapseAll()),
    });
    this.head = head;
    this.rows = new RowList(page.rows, screen, {
      select: (row) => this.act(() => screen.select(row)),
      open: (row) => this.openDetails(row),
      toggle: (row, whole) => this.act(() => (whole ? screen.toggleSubtree(row) : screen.toggle(row))),
    });
    barTip(page.rows, byId("tooltip"), screen, (target) => this.rows.rowFrom(target));
    this.axis = new TimeAxis(head.axis, byId("grid-lines"), byId("hairline"), byId("body"), screen, () => this.zoomed());
    this.minimap = new Minimap(byId("minimap"), screen, () => this.zoomed());
    this.find = new FindBox(byId("search"), {
      search: (text) => {
        this.act(() => screen.search(text));
        this.index.consider();
      },
      next: (direction) => this.go(() => screen.goToFound(direction)),
      only: (only) => this.go(() => screen.showOnlyFound(only)),
      leave: () => page.rows.focus(),
    });
    this.views = new ViewSwitch(byId("views"), page.waterfall, byId("other-view"), screen, {
      switchTo: (view) => this.switchTo(view),
      open: (row) => this.openDetails(row),
      compared: () => this.writeUrl(),
      find: (query) => {
        screen.search(query);
        this.switchTo("waterfall");
      },
    });
    this.index = new IndexLoader(screen, () => this.draw());
    this.nameSplitter = new Splitter(head.splitter, {
      key: "waterfall.nameWidth",
      size: Math.round(Math.min(460, Math.max(300, innerWidth * 0.34))),
      bounds: () => [160, page.waterfall.clientWidth - DURATION_PX - 160],
      direction: 1,
      moved: () => this.layout(),
    });
    this.detailsSplitter = new Splitter(page.splitter, {
      key: "waterfall.detailsWidth",
      size: 420,
      bounds: () => [280, page.workspace.clientWidth * 0.6],
      direction: -1,
      moved: () => this.layout(),
    });
    new ResizeObserver(() => this.resized()).observe(page.workspace);
    document.addEventListener("keydown", (event) => this.key(event));
    this.showTrace();
    this.layout();
    if (screen.selected >= 0) this.rows.reveal(screen.selected, "center");
    page.rows.focus({ preventScroll: true });
    this.drawLater();
    // Behind the frame that shows the first rows: what the browser tests measure from the start of the visit.
    requestAnimationFrame(() => setTimeout(() => performance.mark("waterfall:shown")));
  }

  /** The critical path of a large trace may come a moment after the first picture. */
  drawLater() {
    requestAnimationFrame(() =>
      setTimeout(() => {
        const known = this.screen.critical !== null;
        this.screen.criticalPath();
        if (!known) this.showTrace();
        this.rows.draw();
        this.index.consider();
      }),
    );
  }

  /** @param {import("./model/trace.js").Trace} trace */
  update(trace) {
    const anchor = this.rows.anchor();
    this.screen.update(trace);
    this.showTrace();
    this.views.show();
    this.draw();
    this.rows.restore(anchor);
    this.rows.draw();
    this.minimap.paint();
    this.drawLater();
  }

  showTrace() {
    const { screen } = this;
    if (screen.trace.count <= AT_ONCE_SPANS) screen.criticalPath();
    const hooks = {
      goTo: (/** @type {number} */ row) => this.openDetails(row),
      focus: (/** @type {string} */ service) => this.act(() => screen.toggleFocus(service)),
    };
    const { trace } = screen;
    document.title = `${trace.serviceOf(trace.root)} ${trace.names[trace.root] ?? ""} · waterfall`;
    showSummary(page.summary, screen, hooks);
    showServices(page.services, screen, hooks);
    showNotices(page.notices, screen, hooks);
  }

  resized() {
    const { clientWidth, clientHeight } = page.workspace;
    if (clientWidth !== this.laidOut.width || clientHeight !== this.laidOut.height) this.layout();
  }

  layout() {
    const { screen } = this;
    this.laidOut = { width: page.workspace.clientWidth, height: page.workspace.clientHeight };
    const isOpen = screen.detailsOpen && screen.selected >= 0;
    const overlay = page.workspace.clientWidth < DETAILS_NARROW_PX;
    page.details.hidden = !isOpen;
    page.splitter.hidden = !isOpen || overlay;
    page.workspace.classList.toggle("details-overlay", overlay);
    page.details.style.setProperty("--details-width", `${this.detailsSplitter.size}px`);
    const nameWidth = this.nameSplitter.size;
    page.waterfall.style.setProperty("--name-width", `${nameWidth}px`);
    this.views.show();
    this.rows.measure(nameWidth, DURATION_PX);
    page.waterfall.classList.toggle("narrow", this.rows.narrow);
    const { axisWidth } = this.rows.layout;
    page.waterfall.style.setProperty("--axis-width", `${axisWidth}px`);
    this.axis.measure(this.rows.narrow ? 12 : nameWidth + DURATION_PX + 8, axisWidth);
    this.minimap.paint();
    this.draw();
  }

  /** @param {import("./model/trace-screen.js").ViewName} view */
  switchTo(view) {
    this.screen.view = view;
    this.layout();
    this.writeUrl();
  }

  draw() {
    const { screen } = this;
    if (screen.view === "waterfall") {
      this.rows.draw();
      this.axis.draw();
      this.minimap.draw();
    }
    this.find.show(screen);
    this.head.show(screen);
    markServices(page.services, screen);
    this.panel.show();
  }

  repaint() {
    this.minimap.paint();
    this.views.show();
    this.draw();
  }

  zoomed() {
    this.rows.draw();
    this.axis.draw();
    this.minimap.draw();
    this.writeUrl();
  }

  /**
   * Does something to the screen and shows what came of it.
   * @param {() => void} change
   */
  act(change) {
    change();
    this.draw();
    this.writeUrl();
  }

  /**
   * The same, and the selected row comes into sight.
   * @param {() => void} change
   */
  go(change) {
    change();
    this.draw();
    if (this.screen.selected >= 0) {
      this.rows.reveal(this.screen.selected, "nearest");
      this.rows.draw();
    }
    this.writeUrl();
  }

  /** @param {number} row */
  openDetails(row) {
    const wasOpen = this.screen.detailsOpen;
    this.screen.detailsOpen = true;
    this.go(() => this.screen.goTo(row));
    if (!wasOpen) this.layout();
  }

  closeDetails() {
    this.screen.detailsOpen = false;
    this.layout();
    this.writeUrl();
    page.rows.focus({ preventScroll: true });
  }

  writeUrl() {
    clearTimeout(this.urlTimer);
    // Browsers refuse more than some hundred changes of the address in a few seconds.
    this.urlTimer = setTimeout(() => {
      const params = this.screen.toParams().toString().replace(/=(?=&|$)/g, "");
      history.replaceState(null, "", params ? `?${params}` : location.pathname);
    }, 120);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (help.isOpen) {
      if (event.key === "?") help.toggle();
      return;
    }
    const action = traceKey(event);
    if (action === null) return;
    // The details scroll by themselves while they have the focus.
    if (event.target instanceof Element && event.target.closest(".details-body") && /^(Arrow|Page|Home|End)/.test(event.key) && !event.shiftKey) return;
    event.preventDefault();
    if (typeof action === "object") this.act(() => this.screen.toDepth(action.levels));
    else this.actions[action]();
  }

  /** @type {Record<KeyAction, () => void>} */
  actions = {
    down: () => this.go(() => this.screen.move(1)),
    up: () => this.go(() => this.screen.move(-1)),
    pageDown: () => this.go(() => this.screen.move(this.rows.page)),
    pageUp: () => this.go(() => this.screen.move(-this.rows.page)),
    first: () => this.go(() => this.screen.moveToFirst()),
    last: () => this.go(() => this.screen.moveToLast()),
    in: () => this.go(() => this.screen.stepIn()),
    out: () => this.go(() => this.screen.stepOut()),
    open: () => {
      if (this.screen.selected < 0) this.screen.move(1);
      this.openDetails(this.screen.selected);
      const body = page.details.querySelector(".details-body");
      if (body instanceof HTMLElement) body.focus();
    },
    escape: () => this.escape(),
    search: () => this.find.focus(),
    nextFound: () => this.go(() => this.screen.goToFound(1)),
    previousFound: () => this.go(() => this.screen.goToFound(-1)),
    nextError: () => this.go(() => this.screen.goToError(1)),
    previousError: () => this.go(() => this.screen.goToError(-1)),
    slowest: () => this.go(() => this.screen.goTo(this.screen.findings.slowest)),
    zoomIn: () => this.act(() => this.screen.zoomBy(0.6)),
    zoomOut: () => this.act(() => this.screen.zoomBy(1 / 0.6)),
    zoomReset: () => this.act(() => this.screen.window.reset()),
    zoomSelected: () => this.act(() => this.screen.zoomToSelected()),
    panLeft: () => this.act(() => this.screen.window.pan(-0.2)),
    panRight: () => this.act(() => this.screen.window.pan(0.2)),
    expandAll: () => this.act(() => this.screen.expandAll()),
    collapseAll: () => this.act(() => this.screen.collapseAll()),
    toggleSubtree: () => this.act(() => this.screen.selected >= 0 && this.screen.toggleSubtree(this.screen.selected)),
    critical: () =>
      this.act(() => {
        this.screen.showCritical = !this.screen.showCritical;
      }),
    theme: () => nextTheme(),
    help: () => help.toggle(),
    nextView: () => this.switchTo(this.views.next),
    feed: () => location.assign("/"),
  };

  /** One step back: the details, then what is sought, then the services in focus, then the zoom, then the selection. */
  escape() {
    const { screen } = this;
    if (screen.detailsOpen && screen.selected >= 0) this.closeDetails();
    else if (screen.queryText) this.act(() => screen.search(""));
    else if (screen.focus.size > 0) this.act(() => screen.focus.clear());
    else if (!screen.window.isWhole) this.act(() => screen.window.reset());
    else this.act(() => screen.select(-1));
  }
}

page.crumb.textContent = traceId.slice(0, 8);
page.crumb.title = traceId;
showLinkState(byId("link-state"), "connecting");
refresher.poke();
live.start();
