// Entry point of the trace page: loads the trace, connects live updates, keyboard and view.

import { wantsCorrected } from "./model/deep-link.js";
import { readTrace } from "./model/read-trace.js";
import { shortId } from "./model/short-id.js";
import { TraceScreen } from "./model/trace-screen.js";
import { getTraceIfModified, isTransient, NotFound, SignedOut, Unreachable } from "./net/api.js";
import { LiveUpdates } from "./net/live-updates.js";
import { Refresher } from "./net/refresher.js";
import { byId } from "./view/dom.js";
import { HoneycombLink } from "./view/honeycomb-link.js";
import { helpOverlay } from "./view/help.js";
import { showConnectionState } from "./view/connection-state.js";
import { listAddress } from "./view/list-address.js";
import { Session } from "./view/session.js";
import { themeToggle } from "./view/theme.js";
import { traceActions } from "./view/trace-actions.js";
import { TRACE_HELP, traceKey } from "./view/trace-keys.js";
import { TraceView } from "./view/trace-view.js";
import { showTraceUnavailable } from "./view/trace-unavailable.js";

const HELP_NOTE =
  "In a bar, solid is self time, pale is time in child spans, hatched is time of a call not covered by the callee. " +
  "The line below a bar is the critical path, a diamond is an event, a tick above is a log record. " +
  "In the flame graph, arrows move between frames, Enter zooms in, Backspace zooms out. " +
  "In the graph, arrows move the picture, + − 0 zoom it. " +
  "Find accepts words, service= name= kind= status= duration> self> depth=, and attributes: http.route=/users.";

/** 32 digits as in W3C Trace Context; some systems write 64-bit ids without the leading zeros. */
const traceId = (location.pathname.split("/").pop() ?? "").toLowerCase().padStart(32, "0");

/** @type {TraceView | null} */
let open = null;
/** @type {Record<import("./view/trace-keys.js").KeyAction, () => void> | null} */
let actions = null;
/**
 * ETag of the version shown.
 * @type {string | null}
 */
let version = null;

const help = helpOverlay(byId("help"), () => ({ groups: TRACE_HELP, note: HELP_NOTE }));
byId("help-button").addEventListener("click", help.toggle);
const nextTheme = themeToggle(byId("theme"), () => open?.repaint());

const honeycomb = new HoneycombLink(byId("honeycomb"));
const refresher = new Refresher(load);
const live = new LiveUpdates({
  changed: (id) => id === traceId && refresher.trigger(),
  resync: () => refresher.trigger(),
  state: (state) => showConnectionState(byId("connection-state"), state),
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
    // The response to the first request is already on its way: the page's `Link` header asked for it.
    const corrected = open?.screen.corrected ?? wantsCorrected(new URLSearchParams(location.search));
    const answer = await getTraceIfModified(traceId, version, corrected);
    live.reportAnswer(true);
    session.answered();
    if (answer === null) {
      // The spans are unchanged; log records may have changed.
      open?.logs.loadIfNeeded();
      return false;
    }
    const trace = readTrace(answer.json);
    if (open) open.update(trace);
    else show(new TraceScreen(trace));
    version = answer.tag;
    void honeycomb.show(trace);
    return false;
  } catch (error) {
    if (open === null) showTraceUnavailable(byId("waiting"), traceId, error);
    live.reportAnswer(!(error instanceof Unreachable));
    if (!(error instanceof NotFound || error instanceof Unreachable || error instanceof SignedOut)) {
      console.error(error);
    }
    return isTransient(error);
  }
}

/** @param {TraceScreen} screen */
function show(screen) {
  byId("waiting").hidden = true;
  byId("trace").hidden = false;
  open = new TraceView(screen, () => refresher.triggerNow());
  actions = traceActions(open, { theme: nextTheme, help: help.toggle });
  document.addEventListener("keydown", key);
  // After the frame that shows the first rows; the browser tests measure this mark.
  requestAnimationFrame(() => setTimeout(() => performance.mark("waterfall:shown")));
}

/** @param {KeyboardEvent} event */
function key(event) {
  if (help.isOpen) {
    if (event.key === "?") help.toggle();
    return;
  }
  const action = traceKey(event);
  if (action === null) return;
  event.preventDefault();
  if (typeof action === "object") open?.act(() => open?.screen.toDepth(action.levels));
  else actions?.[action]();
}

byId("crumb-list").setAttribute("href", listAddress());
// Of a 64-bit id the first digits are all zero.
byId("crumb").textContent = shortId(traceId);
byId("crumb").title = traceId;
showConnectionState(byId("connection-state"), "connecting");
refresher.trigger();
live.start();
