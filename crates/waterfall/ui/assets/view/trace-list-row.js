// One trace in the trace list.

import { barShare } from "../model/duration-bar.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { errorsText } from "../model/error-outcome.js";
import { durationNote, hasFailed, shortDurationNotes } from "../model/trace-list.js";
import { tracePagePath } from "../net/api.js";
import { el, fill, setText } from "./dom.js";
import { errorsBadge } from "./error-mark.js";
import { colorClassesOf } from "./service-color.js";
import { startedText } from "./started-text.js";
import { localAndUtc } from "./time-zone.js";

/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */
/** @typedef {import("../model/short-names.js").ShortNames} ShortNames */

/** Further services are counted, not named. */
const CHIPS_SHOWN = 4;
/** A name of so many characters, of a span or a service, is never cut for the badges beside it. */
const SHORT_CHARS = 9;

export class TraceListRow {
  /**
   * @param {TraceSummary} trace
   * @param {ShortNames} short of all listed traces
   */
  constructor(trace, short) {
    this.time = el("span", { class: "trace-list-time" });
    this.root = el("span", { class: "trace-list-root" });
    this.services = el("span", { class: "trace-list-services" });
    this.spans = el("span", { class: "trace-list-spans" });
    this.durationText = el("span", { class: "trace-list-duration-text" });
    this.durationBar = el("i");
    this.duration = el(
      "span",
      { class: "trace-list-duration" },
      el("span", { class: "trace-list-bar" }, this.durationBar),
      this.durationText,
    );
    this.element = el(
      "a",
      {
        class: "trace-list-row",
        role: "listitem",
        href: tracePagePath(trace.id),
        // Opened in a new tab, the trace knows the filter of this list.
        referrerpolicy: "same-origin",
        "data-trace": trace.id,
      },
      this.time,
      this.root,
      this.services,
      this.spans,
      this.duration,
    );
    this.trace = trace;
    this.key = "";
    this.update(trace, short);
  }

  /**
   * @param {TraceSummary} trace
   * @param {ShortNames} short
   */
  update(trace, short) {
    this.trace = trace;
    const { errors, missing, statusCode, outside } = trace;
    const failed = hasFailed(trace);
    const key = [
      trace.spans,
      errorsText(trace),
      failed,
      trace.duration,
      durationNote(trace),
      missing,
      outside,
      short.span(trace.rootName),
      short.service(trace.rootService),
      ...trace.services.slice(0, CHIPS_SHOWN).map(({ name }) => short.service(name)),
    ]
      .join();
    if (key === this.key) return;
    this.key = key;
    const colorClass = colorClassesOf(trace);
    this.element.className = `trace-list-row ${colorClass(trace.rootService)}${failed ? " error" : ""}`;
    this.time.title = localAndUtc(trace.startNano);
    const service = short.service(trace.rootService) || "unknown service";
    const name = short.span(trace.rootName) || "(no name)";
    fill(
      this.root,
      el(
        "span",
        { class: `trace-list-service${service.length <= SHORT_CHARS ? " short" : ""}`, title: trace.rootService },
        service,
      ),
      el(
        "span",
        { class: `trace-list-name${name.length <= SHORT_CHARS ? " short" : ""}`, title: trace.rootName },
        name,
      ),
      statusCode !== null
        ? el(
          "span",
          { class: `badge ${statusCode >= 500 ? "error" : statusCode >= 400 ? "warn" : "ok"}` },
          String(statusCode),
        )
        : null,
      errors > 0 ? errorsBadge(trace) : null,
      missing > 0
        ? el(
          "span",
          { class: "badge warn words", title: "No span of the trace has the id that others name as their parent" },
          plural(missing, "missing parent"),
        )
        : null,
    );
    const shown = trace.services.slice(0, CHIPS_SHOWN);
    const further = trace.services.length + trace.servicesLeftOut - shown.length;
    fill(
      this.services,
      ...shown.map(({ name, spans }) =>
        el(
          "span",
          { class: `chip ${colorClass(name)}`, title: `${name}: ${plural(spans, "span")}` },
          el("span", { class: "chip-name" }, short.service(name)),
          el("span", { class: "chip-count" }, formatCount(spans)),
        )
      ),
      further > 0
        ? el(
          "span",
          { class: "muted", title: trace.services.map(({ name }) => name).join(", ") },
          `+${formatCount(further)}`,
        )
        : null,
    );
    setText(this.spans, formatCount(trace.spans));
    fill(
      this.durationText,
      formatDuration(trace.duration),
      ...shortDurationNotes(trace).map((note) => el("span", { class: "muted" }, note)),
    );
    this.duration.title = durationNote(trace);
  }

  /**
   * Updates what depends on the other rows and the current time.
   * @param {import("../model/duration-bar.js").DurationBarScale} scale of the bars
   * @param {number} now in milliseconds
   */
  refresh(scale, now) {
    setText(this.time, startedText(this.trace.startNano, now));
    this.durationBar.style.setProperty("width", `${barShare(scale, this.trace.duration) * 100}%`);
  }
}
