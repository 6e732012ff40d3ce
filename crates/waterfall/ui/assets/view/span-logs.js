// What a span has logged, in place: in the order of time, with what each record carries.

import { formatDuration } from "../model/duration.js";
import { headline } from "../model/logs.js";
import { attributeTable } from "./attribute-table.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("../model/logs.js").LogRecord} LogRecord */

/** Of more records than this, the first are shown; the Logs view has them all. */
const MAX_SHOWN = 100;

/**
 * @param {readonly LogRecord[]} logs of one span
 * @param {(log: LogRecord) => number} sinceStart nanoseconds from the start of the span
 */
export function logSection(logs, sinceStart) {
  return el(
    "section",
    { class: "section" },
    el("h3", {}, "Logs", el("span", { class: "muted" }, ` ${logs.length}`)),
    el(
      "ol",
      { class: "logs" },
      ...logs.slice(0, MAX_SHOWN).map((log) =>
        el(
          "li",
          {},
          logEntry(
            log,
            el("span", { class: "muted", title: "From the start of the span" }, `+${formatDuration(sinceStart(log))}`),
          ),
        )
      ),
    ),
    logs.length > MAX_SHOWN
      ? el("p", { class: "muted" }, `${logs.length - MAX_SHOWN} more in the view of all logs`)
      : null,
  );
}

/**
 * A record in a line, with the rest beneath it.
 * @param {LogRecord} log
 * @param {HTMLElement} time
 */
export function logEntry(log, time) {
  const text = headline(log);
  const line = [levelMark(log), el("span", { class: "log-text" }, text), time];
  const more = log.body !== text || log.attributes.length > 0 || log.scope !== "";
  if (!more) return el("div", { class: "log" }, el("div", { class: "log-line" }, ...line));
  return el(
    "details",
    { class: "log" },
    el("summary", { class: "log-line" }, ...line),
    el(
      "div",
      { class: "log-rest" },
      log.body.includes("\n") || log.body.length > 60
        ? el("div", { class: "log-body" }, el("pre", {}, log.body), copyButton("body", () => log.body))
        : null,
      log.scope ? el("p", { class: "muted" }, `logged by ${log.scope}`) : null,
      log.attributes.length > 0 ? attributeTable(log.attributes) : null,
    ),
  );
}

/** @param {LogRecord} log */
export function levelMark({ level, severity }) {
  return el("span", { class: `level ${level ?? "none"}` }, severity.slice(0, 8) || "–");
}
