// Picks the trace to compare with: one of the latest of the same operation, else of the same service, or any by its id.

import { formatAgo } from "../model/timestamp.js";
import { formatDuration, ratioText } from "../model/duration.js";
import { ShortNames, shortNames } from "../model/short-names.js";
import { readTraceList } from "../model/trace-list.js";
import { quoteValue } from "../model/trace-filter.js";
import { searchTraces } from "../net/api.js";
import { el, fill } from "./dom.js";
import { errorsBadge } from "./error-mark.js";
import { colorClassesOf } from "./service-color.js";

/** @typedef {import("../model/trace.js").Trace} Trace */
/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */

const MAX_OFFERED = 12;
/** So many of the last that arrived are read, to offer those that started last. */
const MAX_READ = 100;

/**
 * @param {HTMLElement} element
 * @param {Trace} trace
 * @param {(id: string) => void} choose
 */
export async function showTracePicker(element, trace, choose) {
  const [service, name] = [trace.serviceOf(trace.root), trace.names[trace.root] ?? ""];
  const same = await latest(`root.service=${quoteValue(service)} root=${quoteValue(name)}`, trace.id);
  const like = same.length > 0 ? same : await latest(`root.service=${quoteValue(service)}`, trace.id);
  const offered = like.length > 0 ? like : await latest("", trace.id);
  const own = shortNames(trace);
  const [ofService, ofName] = [own.service(service), own.span(name)];
  const what = same.length > 0
    ? `Latest traces of ${ofService} ${ofName}`
    : like.length > 0
    ? `No other trace of ${ofName}. Latest traces of ${ofService}`
    : offered.length > 0
    ? `No other trace of ${ofService} ${ofName}. Latest traces of other operations`
    : "No other traces yet.";
  const short = new ShortNames(
    offered.map(({ rootName }) => rootName),
    offered.map(({ rootService }) => rootService),
  );
  // Durations of different operations are not compared.
  const duration = same.length > 0 ? trace.duration : 0;
  fill(
    element,
    el(
      "div",
      { class: "trace-picker" },
      el("h2", {}, "Compare with"),
      el("p", { class: "muted" }, what),
      el("div", { class: "trace-picker-list" }, ...offered.map((summary) => choice(summary, duration, short, choose))),
      idField(choose),
    ),
  );
}

/**
 * @param {string} query
 * @param {string} but id of the trace to leave out
 * @returns {Promise<TraceSummary[]>} empty on errors: an id can still be entered
 */
async function latest(query, but) {
  try {
    const answer = await searchTraces(query, { limit: MAX_READ }, new AbortController().signal);
    const found = "json" in answer ? readTraceList(answer.json).filter(({ id }) => id !== but) : [];
    return found.sort((a, b) => Number(b.startNano - a.startNano)).slice(0, MAX_OFFERED);
  } catch {
    return [];
  }
}

/**
 * @param {TraceSummary} summary
 * @param {number} duration of the current trace; 0 if the operations differ
 * @param {ShortNames} short
 * @param {(id: string) => void} choose
 */
function choice(summary, duration, short, choose) {
  const button = el(
    "button",
    { type: "button", class: `trace-picker-option ${colorClassesOf(summary)(summary.rootService)}` },
    el("span", { class: "dot" }),
    el(
      "span",
      { class: "trace-picker-name", title: `${summary.rootService} ${summary.rootName}` },
      `${short.service(summary.rootService)} ${short.span(summary.rootName)}`,
    ),
    summary.errors > 0 ? errorsBadge(summary) : null,
    el("span", { class: "muted trace-picker-ago" }, formatAgo(summary.startNano, Date.now())),
    el("span", { class: "trace-picker-duration" }, formatDuration(summary.duration)),
    el("span", { class: "muted trace-picker-ratio" }, ratioText(duration, summary.duration)),
  );
  button.addEventListener("click", () => choose(summary.id));
  return button;
}

/** @param {(id: string) => void} choose */
function idField(choose) {
  const field = el("input", {
    class: "trace-picker-id mono",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "Or enter a trace ID",
    "aria-label": "ID of the trace to compare with",
  });
  field.addEventListener("keydown", (event) => {
    const id = field.value.trim().toLowerCase();
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (/^[0-9a-f]{1,32}$/.test(id)) choose(id.padStart(32, "0"));
    else field.setAttribute("aria-invalid", "true");
  });
  field.addEventListener("input", () => field.removeAttribute("aria-invalid"));
  return field;
}
