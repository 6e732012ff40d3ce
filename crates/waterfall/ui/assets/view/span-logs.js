// Section of the details panel for log records, in time order.

import { formatCount, formatOffset } from "../model/duration.js";
import { headline, listedText } from "../model/logs.js";
import { attributeTable } from "./attribute-table.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("../model/logs.js").LogRecord} LogRecord */

/** Maximum number of records shown; the Logs view has all. */
const MAX_SHOWN = 100;

/**
 * @param {readonly LogRecord[]} logs of one span
 * @param {boolean} more whether the server has more records of the trace
 * @param {(log: LogRecord) => number} sinceStart nanoseconds from the start of the span
 */
export function logSection(logs, more, sinceStart) {
  const listed = listedText(Math.min(logs.length, MAX_SHOWN), logs.length, more);
  return el(
    "section",
    { class: "section" },
    el("h3", {}, "Logs", el("span", { class: "muted" }, ` ${formatCount(logs.length)}`)),
    el(
      "ol",
      { class: "logs" },
      ...logs.slice(0, MAX_SHOWN).map((log) =>
        el(
          "li",
          {},
          logEntry(
            log,
            el("span", { class: "muted", title: "Since span start" }, formatOffset(sinceStart(log))),
          ),
        )
      ),
    ),
    listed ? el("p", { class: "muted" }, listed) : null,
  );
}

/**
 * A record as one line that expands.
 * @param {LogRecord} log
 * @param {HTMLElement} time
 */
export function logEntry(log, time) {
  const text = headline(log);
  const line = [levelMark(log), el("span", { class: "log-text" }, text), " ", time];
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
      log.scope ? el("p", { class: "muted" }, `Scope: ${log.scope}`) : null,
      log.attributes.length > 0 ? attributeTable(log.attributes) : null,
    ),
  );
}

/** @param {LogRecord} log */
export function levelMark({ level, severity }) {
  return el("span", { class: `level ${level ?? "none"}` }, severity.slice(0, 8) || "–");
}
