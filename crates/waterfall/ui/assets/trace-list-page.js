// The page of the latest traces, wired.

import { readCompletion } from "./model/completion.js";
import { plural } from "./model/duration.js";
import { hasMore, mergeTraceLists, readTraceList } from "./model/trace-list.js";
import { bareWords, completeTerms, matchesWords } from "./model/trace-filter.js";
import { withDuration } from "./model/histogram.js";
import { IncrementalSearch } from "./model/incremental-search.js";
import { getCompletion, getTraceList, SignedOut } from "./net/api.js";
import { LiveUpdates } from "./net/live-updates.js";
import { Refresher } from "./net/refresher.js";
import { TraceSearch } from "./net/trace-search.js";
import { CompletionMenu } from "./view/completion-menu.js";
import { byId, setText } from "./view/dom.js";
import { DurationHistogram } from "./view/duration-histogram.js";
import { moreButtonText, traceCountText } from "./view/trace-list-status.js";
import { showEmptyState } from "./view/trace-list-empty.js";
import { TRACE_LIST_HELP, traceListKey } from "./view/trace-list-keys.js";
import { TraceList } from "./view/trace-list.js";
import { TraceScatter } from "./view/trace-scatter.js";
import { helpOverlay } from "./view/help.js";
import { icon } from "./view/icons.js";
import { showConnectionState } from "./view/connection-state.js";
import { ServicesView } from "./view/services-view.js";
import { Session } from "./view/session.js";
import { showStoreStatus } from "./view/store-status.js";
import { themeToggle } from "./view/theme.js";
import { toggleZone } from "./view/time-zone.js";
import { TraceImport } from "./view/trace-import.js";

/** @typedef {import("./model/trace-list.js").TraceSummary} TraceSummary */

const LIMIT = 200;
/** A list of more is no list: the filter leads further. */
const MAX_LIMIT = 1_000;
const CLOCK_MILLIS = 1_000;
const STATUS_MILLIS = 5_000;
const METRICS_MILLIS = 3_000;
/** A reader who has scrolled further than this reads: nothing moves beneath. */
const READING_PX = 60;
const HELP_NOTE =
  "The filter understands words, service= name= kind= status= duration>, any attribute of a span (http.route=/users), and of the trace trace.duration> trace.errors> root=. All terms hold of one span and its trace. A minus leaves out: -http.route=/health. While you type, ↓ and Enter complete it.";

const filter = /** @type {HTMLInputElement} */ (byId("filter"));
const linkState = byId("connection-state");
const pause = byId("pause");
const held = byId("new-traces");
const problem = byId("problem");
const more = byId("more");
const list = new TraceList(byId("traces"));
const histogram = new DurationHistogram(byId("histogram"), (bin) => seek(withDuration(filter.value, bin)));
const scatter = new TraceScatter(byId("scatter"), histogram);

/**
 * What the server said last.
 * @type {TraceSummary[] | null}
 */
let latest = null;
/** How many of the latest are asked for, and whether there are more. */
let limit = LIMIT;
let older = false;
/** The reader has asked for more: what comes is shown wherever they are. */
let asked = false;
/**
 * What of it is shown.
 * @type {TraceSummary[]}
 */
let shown = [];
/**
 * What the filter has found; null where there is none.
 * @type {TraceSummary[] | null}
 */
let found = null;
let paused = false;
/** @type {import("./net/live-updates.js").ConnectionState} */
let link = "connecting";

/** Which of the two pages is shown: the traces or the services. */
let onServices = new URLSearchParams(location.search).get("view") === "services";
const services = new ServicesView(byId("services-page"), (query) => {
  switchTo(false);
  seek(query);
});

const help = helpOverlay(byId("help"), TRACE_LIST_HELP, HELP_NOTE);
const nextTheme = themeToggle(byId("theme"), () => {});
const search = new TraceSearch((query) => new IncrementalSearch(query, LIMIT), () => show());
const refresher = new Refresher(load);
const live = new LiveUpdates({
  changed: () => refresher.trigger(),
  resync: () => refresher.trigger(),
  state: (state) => {
    link = state;
    showState();
  },
});

const session = new Session(byId("session"), byId("sign-out"), {
  out: () => live.reportSignedOut(true),
  back: () => {
    live.reportSignedOut(false);
    refresher.trigger();
  },
});

new CompletionMenu(
  byId("filter-box"),
  filter,
  async (query, caret, signal) => readCompletion(await getCompletion(query, caret, signal), query),
  show,
);
new TraceImport(byId("import"), byId("imported"), byId("drop-overlay"), () => {
  visit(false);
  scrollTo({ top: 0 });
});

async function load() {
  try {
    const answer = await getTraceList(limit);
    latest = readTraceList(answer);
    older = hasMore(answer);
    session.answered();
    if (!paused) search.refresh();
    live.reportAnswer(true);
    offer();
  } catch (error) {
    live.reportAnswer(!(error instanceof TypeError));
    if (!(error instanceof TypeError || error instanceof SignedOut)) console.error(error);
  }
}

/** Shows what is new, or says that it is there while the reader is busy with what is shown. */
function offer() {
  const known = new Set(shown.map(({ id }) => id));
  const fresh = (latest ?? []).filter(({ id }) => !known.has(id)).length;
  const holding = paused || (scrollY > READING_PX && shown.length > 0);
  if (!holding || asked) {
    asked = false;
    shown = latest ?? [];
    held.hidden = true;
    show();
    return;
  }
  held.hidden = fresh === 0;
  setText(held, `↑ ${plural(fresh, "new trace")}`);
}

function show() {
  const { found: now, problem: why, pending, run } = filtered();
  found = completeTerms(filter.value) === "" ? null : now;
  problem.hidden = why === null;
  setText(problem, why ?? "");
  const empty = latest !== null && shown.length === 0;
  byId("empty").hidden = !empty;
  if (empty) showEmptyState(byId("empty"));
  byId("traces").hidden = empty || latest === null;
  byId("nothing").hidden = empty || pending || run?.state !== "complete" || why !== null || now.length > 0;
  byId("scatter-card").hidden = now.length < 2;
  list.show(now);
  if (now.length >= 2) scatter.show(now);
  setText(byId("count"), latest === null || empty ? "" : pending ? "Searching…" : traceCountText(now, run));
  const offered = empty || pending
    ? ""
    : run
    ? moreButtonText(run.state, run.limit < MAX_LIMIT)
    : moreButtonText(older ? "limited" : "complete", limit < MAX_LIMIT);
  more.hidden = offered === "";
  setText(more, offered);
  const address = filter.value ? `?${new URLSearchParams({ find: filter.value })}` : "";
  if (!onServices && address !== location.search) history.replaceState(null, "", address || location.pathname);
}

/** Shows more of the latest, or goes further with the search. */
function showMore() {
  const { run } = search;
  if (found !== null && run) {
    run.extend(LIMIT);
    search.resume();
  } else {
    limit += LIMIT;
    asked = true;
    refresher.trigger();
  }
}

/** @param {string} query */
function seek(query) {
  filter.value = query;
  show();
}

/** What of the traces the filter leaves; until the server has answered, what was found before. */
function filtered() {
  const wanted = completeTerms(filter.value);
  search.setQuery(wanted);
  if (wanted === "") return { found: shown, problem: null, pending: false, run: null };
  const { run } = search;
  const before = found ?? shown;
  if (run === null || run.query !== wanted) return { found: before, problem: null, pending: true, run: null };
  if (run.problem !== null) return { found: before, problem: run.problem, pending: false, run };
  const words = bareWords(wanted);
  const here = words ? shown.filter((trace) => matchesWords(trace, words)) : [];
  return { found: mergeTraceLists(here, run.traces), problem: null, pending: false, run };
}

function showState() {
  showConnectionState(linkState, paused && link !== "offline" && link !== "signed-out" ? "paused" : link);
}

/** @param {boolean} wanted the services, not the traces */
function switchTo(wanted) {
  onServices = wanted;
  byId("trace-list").hidden = wanted;
  byId("services-page").hidden = !wanted;
  pause.hidden = wanted;
  for (const [id, current] of /** @type {const} */ ([["tab-traces", !wanted], ["tab-services", wanted]])) {
    if (current) byId(id).setAttribute("aria-current", "page");
    else byId(id).removeAttribute("aria-current");
  }
  document.title = `${wanted ? "Services" : "Traces"} · waterfall`;
  if (wanted) void services.load();
}

/** @param {boolean} wanted as `switchTo`, and a step that the browser can go back */
function visit(wanted) {
  if (wanted === onServices) return;
  switchTo(wanted);
  history.pushState(null, "", wanted ? "?view=services" : location.pathname);
}

function togglePause() {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  setText(pause, paused ? "Resume" : "Pause");
  showState();
  if (!paused) offer();
}

function showHeld() {
  scrollTo({ top: 0 });
  if (paused) togglePause();
  shown = latest ?? [];
  held.hidden = true;
  show();
}

/** @type {Record<import("./view/trace-list-keys.js").TraceListAction, () => void>} */
const actions = {
  down: () => list.move(1),
  up: () => list.move(-1),
  filter: () => filter.focus(),
  traces: () => visit(false),
  services: () => visit(true),
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
    seek("");
  },
};

byId("filter-icon").append(icon("search"));
filter.value = new URLSearchParams(location.search).get("find") ?? "";
filter.addEventListener("input", show);
pause.addEventListener("click", togglePause);
held.addEventListener("click", showHeld);
more.addEventListener("click", showMore);
byId("help-button").addEventListener("click", help.toggle);
document.addEventListener("keydown", (event) => {
  if (help.isOpen) return;
  const action = traceListKey(event, filter);
  if (!action) return;
  event.preventDefault();
  actions[action]();
});
addEventListener("scroll", () => scrollY <= READING_PX && !held.hidden && !paused && offer(), { passive: true });
new ResizeObserver(() => shown.length > 0 && show()).observe(byId("scatter"));
setInterval(() => list.tick(), CLOCK_MILLIS);
setInterval(() => onServices && !document.hidden && services.refresh(), METRICS_MILLIS);
setInterval(() => document.hidden || void showStoreStatus(byId("store-status")), STATUS_MILLIS);
void showStoreStatus(byId("store-status"));
for (const [id, wanted] of /** @type {const} */ ([["tab-traces", false], ["tab-services", true]])) {
  byId(id).addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    visit(wanted);
  });
}
addEventListener("popstate", () => switchTo(new URLSearchParams(location.search).get("view") === "services"));
switchTo(onServices);
showState();
refresher.trigger();
live.start();
