// What to look at first in a trace, as buttons that lead there: errors, calls given up, waits, and the span with the
// most time.

import { callTarget, targetOfOperation } from "../model/call-target.js";
import { longestQueue, queuesText } from "../model/asynchronous.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { errorsOf, errorsText } from "../model/error-outcome.js";
import { specificCause } from "../model/error-text.js";
import { likelyText } from "../model/likely-text.js";
import { shortNames } from "../model/short-names.js";
import { placeText } from "../model/span-place.js";
import { givenUpText, idleText } from "../model/wait-text.js";
import { breakable } from "./breakable.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { colorClass } from "./service-color.js";
import { shareOfTrace } from "../model/share.js";

/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {(row: number) => void} GoTo */

/**
 * @param {TraceScreen} screen
 * @param {GoTo} goTo
 * @returns {(HTMLElement | null)[]}
 */
export function callouts(screen, goTo) {
  const { trace, insights } = screen;
  const { wait, slowest } = insights;
  // Of a call that was given up, the time is said already.
  const isSlowestNews = slowest >= 0 && trace.spans > 1 && trace.givenUp[0]?.client !== slowest;
  return [
    trace.errors > 0 ? errorCallout(trace, goTo) : null,
    givenUpCallout(trace, goTo),
    wait && trace.waits.queueOf.has(wait.after) ? null : queueCallout(trace, goTo),
    wait ? waitCallout(trace, wait, goTo) : isSlowestNews ? slowestCallout(screen, goTo) : null,
  ];
}

/**
 * @param {GoTo} goTo
 * @param {number} row where the button leads
 * @param {{ kind: string, title: string }} button
 * @param {...(Node | null)} content
 */
function callout(goTo, row, { kind, title }, ...content) {
  const button = el("button", { type: "button", class: `callout ${kind}`, title }, ...content);
  button.addEventListener("click", () => goTo(row));
  return button;
}

/** @param {...(Node | string | null)} content */
function heading(...content) {
  return el("span", { class: "callout-title" }, ...content);
}

/** @param {...(Node | string | null)} content */
function value(...content) {
  const element = el("span", { class: "callout-value" }, ...content);
  element.title = element.textContent ?? "";
  return element;
}

/**
 * The root cause, in red; errors that did not reach the root, quietly.
 * @param {Trace} trace
 * @param {GoTo} goTo
 */
function errorCallout(trace, goTo) {
  const failed = trace.rootCause >= 0;
  const row = failed ? trace.rootCause : trace.unreached.keys().next().value ?? -1;
  return callout(
    goTo,
    row,
    {
      kind: `${failed ? "error" : "unreached"} ${colorClass(trace.serviceOf(row))}`,
      title: `Go to the ${failed ? "root cause" : "first error"} (e for the next error)`,
    },
    heading(failed ? icon("warn") : null, errorTitle(trace)),
    calloutSpan(trace, row, { attempts: failed ? trace.attempts : 1 }),
    value(failed ? causeText(trace) : outcomeText(trace)),
  );
}

/** @param {Trace} trace */
function errorTitle(trace) {
  const counts = errorsOf(trace);
  if (trace.rootCause >= 0) return `${errorsText(counts)}; root cause`;
  if (counts.background > 0) return errorsText(counts);
  return `${plural(counts.errors, "error")} did not reach the root`;
}

/**
 * When the failing span ended, which is when its caller could learn of the error.
 * @param {Trace} trace
 * @returns {string} such as "failed at 60.0 ms, 3 attempts: connection refused"
 */
function causeText(trace) {
  const { rootCause, attempts, messages, notes } = trace;
  const message = messages.get(rootCause);
  const why = message ? specificCause(message) : notes[rootCause] ?? "";
  const when = `failed at ${formatDuration(trace.endOf(rootCause))}${attempts > 1 ? `, ${attempts} attempts` : ""}`;
  return why ? `${when}: ${why}` : when;
}

/** @param {Trace} trace */
function outcomeText({ root, notes }) {
  const note = notes[root] ?? "";
  return /^\d{1,3}$/.test(note) ? `answered ${note}` : "the root span has no error";
}

/**
 * The first call whose caller gave up.
 * @param {Trace} trace
 * @param {GoTo} goTo
 */
function givenUpCallout(trace, goTo) {
  const calls = trace.givenUp;
  const call = calls[0];
  if (!call) return null;
  return callout(
    goTo,
    call.client,
    { kind: `wait ${colorClass(trace.serviceOf(call.client))}`, title: "Go to the call" },
    heading(calls.length === 1 ? "Call given up" : `${calls.length} calls given up; the first`),
    calloutSpan(trace, call.client),
    value(givenUpText(call)),
  );
}

/**
 * The longest wait of a message in a queue.
 * @param {Trace} trace
 * @param {GoTo} goTo
 */
function queueCallout(trace, goTo) {
  const longest = longestQueue(trace);
  if (!longest) return null;
  return callout(
    goTo,
    longest.consumer,
    { kind: "wait", title: "Go to the span that took the message" },
    heading("Asynchronous"),
    el("span", { class: "callout-name" }, queuesText(trace)),
  );
}

/**
 * The stretch in which nothing ran, where it is longer than the time of any span.
 * @param {Trace} trace
 * @param {import("../model/waits.js").Idle} wait
 * @param {GoTo} goTo
 */
function waitCallout(trace, wait, goTo) {
  const { length, text } = idleText(trace, wait);
  return callout(
    goTo,
    wait.after,
    { kind: "wait", title: "Go to the span that ended the wait (s)" },
    heading("Longest wait"),
    el("span", { class: "callout-name" }, text),
    value(el("span", { class: "muted" }, shareOfTrace(trace, length))),
  );
}

/**
 * @param {TraceScreen} screen
 * @param {GoTo} goTo
 */
function slowestCallout({ trace, insights: { slowest, slowestTime } }, goTo) {
  const { attempts = 1, spans = 1 } = trace.mostTime ?? {};
  const { during, target } = attempts > 1
    ? { during: `in ${attempts} attempts`, target: "first attempt" }
    : spans > 1
    ? { during: `in ${formatCount(spans)} spans`, target: "longest of these spans" }
    : { during: "", target: "span with the most time on the critical path" };
  const share = [during, shareOfTrace(trace, slowestTime), likelyText(trace, slowest)].filter(Boolean).join(", ");
  return callout(
    goTo,
    slowest,
    {
      kind: `slow ${colorClass(trace.serviceOf(slowest))}`,
      title: `Go to the ${target} (s)`,
    },
    heading("Most time in"),
    calloutSpan(trace, slowest, { attempts, spans }),
    value(formatDuration(slowestTime), el("span", { class: "muted" }, ` ${share}`)),
  );
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @param {{ attempts?: number, spans?: number }} [several] of which it is one: the callout says how many there are
 */
function calloutSpan(trace, row, several = {}) {
  const { attempts = 1, spans = 1 } = several;
  const place = attempts > 1 || spans > 1 ? "" : placeText(trace, row);
  return el(
    "span",
    { class: "callout-span" },
    el("span", { class: "dot" }),
    el(
      "span",
      { class: "callout-name", title: `${trace.serviceOf(row)}\n${trace.names[row]}` },
      el("span", { class: "callout-service" }, `${shortNames(trace).service(trace.serviceOf(row))} `),
      ...breakable(spanLabel(trace, row, spans)),
      place ? el("span", { class: "callout-place" }, ` ${place}`) : null,
    ),
  );
}

/**
 * @param {Trace} trace
 * @param {number} row
 * @param {number} spans of its operation that are meant
 */
function spanLabel(trace, row, spans) {
  const called = spans > 1 ? targetOfOperation(trace, row) : callTarget(trace, row);
  const short = shortNames(trace);
  const name = short.span(trace.names[row]) || "(no name)";
  return called ? `${name} → ${short.service(called)}` : name;
}
