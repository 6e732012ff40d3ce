// Entry point of the start page: connects the trace list's state with the server, the views and the keyboard.

import { readCompletion } from "./model/completion.js";
import { withDuration } from "./model/histogram.js";
import { IncrementalSearch } from "./model/incremental-search.js";
import { queryOf } from "./model/trace-filter.js";
import { PAGE_SIZE, TraceListState } from "./model/trace-list-state.js";
import { getCompletion, getTraceList, isTransient, SignedOut, Unreachable } from "./net/api.js";
import { LiveUpdates } from "./net/live-updates.js";
import { Refresher } from "./net/refresher.js";
import { TraceSearch } from "./net/trace-search.js";
import { CompletionMenu } from "./view/completion-menu.js";
import { showConnectionState } from "./view/connection-state.js";
import { byId, setText } from "./view/dom.js";
import { helpOverlay } from "./view/help.js";
import { icon } from "./view/icons.js";
import { rememberListAddress } from "./view/list-address.js";
import { PageTabs } from "./view/page-tabs.js";
import { ServicesView } from "./view/services-view.js";
import { Session } from "./view/session.js";
import { showStoreStatus } from "./view/store-status.js";
import { themeToggle } from "./view/theme.js";
import { toggleZone } from "./view/time-zone.js";
import { TraceImport } from "./view/trace-import.js";
import { SERVICES_HELP, TRACE_LIST_HELP, traceListKey } from "./view/trace-list-keys.js";
import { TraceListView } from "./view/trace-list-view.js";

const CLOCK_MILLIS = 1_000;
const STATUS_MILLIS = 5_000;
const METRICS_MILLIS = 3_000;
/** Scrolled further than this, the user is reading. */
const READING_PX = 60;
const HELP_NOTE = "The filter accepts words, `service=` `name=` `kind=` `status=` `duration>`, any span attribute " +
  "(`http.route=/users`), and for the trace `trace.duration>` `trace.errors>` `root=`. All terms must match the same " +
  "span and its trace: `duration` is that of any span, `trace.duration` that of the whole trace. " +
  "A leading minus negates a term: `-service=users` needs one span of another service, `-trace.service=users` " +
  "excludes the traces that have `users`, and `trace.errors=0` those with errors. " +
  "While typing, ↓ and Enter accept a suggestion.";

const filter = /** @type {HTMLInputElement} */ (byId("filter"));
const pause = byId("pause");
const state = new TraceListState();
/** The text of the filter that was submitted last. */
let submitted = new URLSearchParams(location.search).get("find") ?? "";
const view = new TraceListView((bin) => setFilter(withDuration(filter.value, bin)));
const search = new TraceSearch((query) => new IncrementalSearch(query, PAGE_SIZE), show, isHeld);
const services = new ServicesView(byId("services-page"), (query) => {
  tabs.switchTo(false);
  setFilter(query);
});
const tabs = new PageTabs((onServices) => {
  pause.hidden = onServices;
  rememberListAddress();
  if (onServices) void services.load();
});
const help = helpOverlay(
  byId("help"),
  () => tabs.onServices ? { groups: SERVICES_HELP } : { groups: TRACE_LIST_HELP, note: HELP_NOTE },
);
const nextTheme = themeToggle(byId("theme"), () => {});
const refresher = new Refresher(load);
const live = new LiveUpdates({
  changed: () => refresher.trigger(),
  resync: () => refresher.trigger(),
  state: (connection) => {
    state.connection = connection;
    showConnection();
  },
});
const session = new Session(byId("session"), byId("sign-out"), {
  out: () => live.reportSignedOut(true),
  back: () => {
    live.reportSignedOut(false);
    refresher.trigger();
  },
});

/** @returns {Promise<boolean>} whether to try again */
async function load() {
  try {
    const { limit } = state;
    state.receive(await getTraceList(limit), limit);
    session.answered();
    search.refresh();
    live.reportAnswer(true);
    update();
    return false;
  } catch (error) {
    live.reportAnswer(!(error instanceof Unreachable));
    if (!(error instanceof Unreachable || error instanceof SignedOut)) console.error(error);
    return isTransient(error);
  }
}

/** Whether the user has scrolled into the list, points at it or has the focus in it: then nothing may move. */
function isReading() {
  return scrollY > READING_PX || (document.hasFocus() && (view.list.isPointedAt || view.list.hasFocus));
}

function isHeld() {
  return state.paused || isReading();
}

/** Shows what was held back, once nothing holds it any more. */
function catchUp() {
  if (isHeld()) return;
  search.catchUp();
  if (state.isBehind) update();
}

/** Shows the received traces, or their number while updates are held back. */
function update() {
  const shown = state.update(isReading());
  view.showNewTraces(shown ? 0 : state.newTraces);
  if (shown) show();
}

function show() {
  const query = queryOf(filter.value, submitted);
  search.setQuery(query);
  view.show(state.display(query, search.run));
  const address = filter.value ? `?${new URLSearchParams({ find: filter.value })}` : "";
  if (!tabs.onServices && address !== location.search) history.replaceState(null, "", address || location.pathname);
  rememberListAddress();
}

function showMore() {
  const { run } = search;
  if (state.results !== null && run) {
    run.extend(PAGE_SIZE);
    search.resume();
  } else {
    state.extend();
    refresher.triggerNow();
  }
}

/** @param {string} query */
function setFilter(query) {
  filter.value = query;
  show();
}

function showConnection() {
  showConnectionState(byId("connection-state"), state.connectionState);
}

function togglePause() {
  state.paused = !state.paused;
  pause.setAttribute("aria-pressed", String(state.paused));
  setText(pause, state.paused ? "Resume" : "Pause");
  showConnection();
  catchUp();
}

function showNewTraces() {
  scrollTo({ top: 0 });
  if (state.paused) togglePause();
  state.showLatest();
  view.showNewTraces(0);
  show();
  search.catchUp();
}

/** @type {Record<import("./view/trace-list-keys.js").TraceListAction, () => void>} */
const actions = {
  down: () => view.list.move(1),
  up: () => view.list.move(-1),
  filter: () => filter.focus(),
  traces: () => tabs.visit(false),
  services: () => tabs.visit(true),
  doctor: () => location.assign("/doctor"),
  import: () => byId("import").click(),
  pause: togglePause,
  zone: () => {
    toggleZone();
    show();
  },
  theme: nextTheme,
  help: () => help.toggle(),
  clear: () => {
    filter.blur();
    setFilter("");
  },
};

/** @param {KeyboardEvent} event */
function handleKey(event) {
  if (help.isOpen) {
    if (event.key === "?") help.toggle();
    return;
  }
  const action = traceListKey(event, filter, tabs.onServices);
  if (!action) return;
  event.preventDefault();
  actions[action]();
}

new CompletionMenu(
  byId("filter-box"),
  filter,
  async (query, caret, signal) => readCompletion(await getCompletion(query, caret, signal), query),
  show,
);
new TraceImport(byId("import"), byId("imported"), byId("drop-overlay"), () => {
  tabs.visit(false);
  scrollTo({ top: 0 });
});
byId("filter-icon").append(icon("search"));
filter.value = submitted;
filter.addEventListener("input", show);
// Registered after the menu, which keeps the Enter that accepts a suggestion.
filter.addEventListener("keydown", ({ key }) => {
  if (key !== "Enter") return;
  submitted = filter.value;
  show();
});
pause.addEventListener("click", togglePause);
byId("new-traces").addEventListener("click", showNewTraces);
byId("more").addEventListener("click", showMore);
byId("help-button").addEventListener("click", help.toggle);
document.addEventListener("keydown", handleKey);
addEventListener("scroll", catchUp, { passive: true });
addEventListener("blur", catchUp);
view.list.list.addEventListener("pointerleave", catchUp);
// The focus has moved only when this event is over.
view.list.list.addEventListener("focusout", () => setTimeout(catchUp));
new ResizeObserver(() => state.shown.length > 0 && show()).observe(byId("scatter"));
setInterval(() => view.list.tick(), CLOCK_MILLIS);
setInterval(() => tabs.onServices && !document.hidden && services.refresh(), METRICS_MILLIS);
setInterval(() => document.hidden || void showStoreStatus(byId("store-status")), STATUS_MILLIS);
void showStoreStatus(byId("store-status"));
tabs.switchTo(tabs.onServices);
showConnection();
refresher.trigger();
live.start();
