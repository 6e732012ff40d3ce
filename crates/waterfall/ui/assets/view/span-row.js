// One row of the waterfall. Row elements are reused for other spans while scrolling, so every property is reset.

import { skewMark } from "../model/clock-skew.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { shortWaitText, waitText } from "../model/wait-text.js";
import { callTarget, callTargetText } from "../model/call-target.js";
import { outcomeText } from "../model/error-outcome.js";
import { specificCause } from "../model/error-text.js";
import { placeholderName } from "../model/likely-text.js";
import { noteOf } from "../model/row-note.js";
import { shortNames } from "../model/short-names.js";
import { describeWarning } from "../model/span-warnings.js";
import { highestSeverity } from "../model/logs.js";
import { columnOf, levelLabel, treeLines } from "../model/tree-lines.js";
import { withoutBackticks } from "./code-text.js";
import { el, setAttribute, setText, svg } from "./dom.js";
import { errorMark } from "./error-mark.js";
import { icon, iconPath } from "./icons.js";
import { colorClass } from "./service-color.js";
import { SpanBar } from "./span-bar.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */
/** @typedef {import("../model/tree-lines.js").Indent} Indent */

/**
 * @typedef {object} RowLayout
 * @property {number} height of a row
 * @property {number} middle of the line with the name
 * @property {number} axisWidth
 * @property {Indent} indent
 */

/** So many characters of an error message, its name gives way to. */
const MESSAGE_CHARS = 22;
/** A text of so many characters is never cut for what stands beside it. */
const SHORT_CHARS = 10;
const MISSING_TITLE = "Missing parent: spans name this id, but no span has it. It may still be running, not be " +
  "sampled, not be exported, or belong to a caller outside.";
const KIND_TITLES = /** @type {Record<string, string>} */ ({
  server: "Server: handles a request",
  client: "Client: an outgoing call",
  producer: "Producer: sends a message",
  consumer: "Consumer: processes a message",
});

export class SpanRow {
  constructor() {
    this.lines = svg("path");
    this.guides = svg("svg", { class: "guides", "aria-hidden": "true" }, this.lines);
    this.twist = el("span", { class: "twist", "aria-hidden": "true" }, icon("chevron"));
    this.hidden = el("span", { class: "hidden-count" });
    this.level = el("span", { class: "level-number", title: "Level in the tree" });
    this.mark = el("span", { class: "mark" });
    this.service = el("span", { class: "service" });
    this.kindPath = svg("path");
    this.kind = svg("svg", { class: "icon kind", viewBox: "0 0 16 16", "aria-hidden": "true" }, this.kindPath);
    this.name = el("span", { class: "span-name" });
    this.called = el("span", { class: "called" });
    this.note = el("span", { class: "note" });
    this.message = el("span", { class: "message" });
    this.badges = el("span", { class: "badges" });
    this.label = el(
      "div",
      { class: "label" },
      this.twist,
      this.level,
      this.mark,
      this.service,
      this.kind,
      this.name,
      this.called,
      this.note,
      this.message,
      this.badges,
      this.hidden,
    );
    this.nameCell = el("div", { class: "name-cell", role: "gridcell", "aria-colindex": "1" }, this.guides, this.label);
    this.duration = el("div", { class: "duration-cell", role: "gridcell", "aria-colindex": "2" });
    this.bar = new SpanBar();
    this.trackCell = el("div", { class: "track-cell", role: "gridcell", "aria-colindex": "3" }, this.bar.element);
    this.element = el("div", { class: "row", role: "row" }, this.nameCell, this.duration, this.trackCell);
    /** The row of the trace, or -1 while unused. */
    this.row = -1;
    this.badgeKey = "";
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} index among the rows shown
   * @param {number} row
   * @param {RowLayout} layout
   */
  update(screen, index, row, layout) {
    const { trace, outline } = screen;
    this.row = row;
    const missing = trace.placeholder[row] === 1;
    const service = trace.serviceOf(row);
    const selected = screen.selected === row;
    const error = trace.isError(row);
    const parent = trace.parent[row];
    const sameService = parent >= 0 && trace.service[parent] === trace.service[row];
    this.element.className =
      `row ${missing ? "c-none placeholder" : colorClass(service)}${selected ? " selected" : ""}${
        error && !trace.unreached.has(row) ? " error" : ""
      }` +
      `${screen.isDimmed(row) ? " dimmed" : ""}${screen.search.has(row) ? " found" : ""}${
        sameService ? " same-service" : ""
      }` +
      focusClass(screen, row);
    this.element.style.setProperty("transform", `translateY(${index * layout.height}px)`);
    this.#setTree(screen, row, layout);
    const short = shortNames(trace);
    setText(this.service, missing ? "" : short.service(service));
    this.service.classList.toggle("short", short.service(service).length <= SHORT_CHARS);
    const kind = trace.kindOf(row);
    this.#setKind(missing ? "" : kind);
    const name = missing ? missingName(screen, row) : short.span(trace.names[row]) || "(no name)";
    setText(this.name, name);
    this.name.classList.toggle("short", name.length <= SHORT_CHARS);
    const target = callTarget(trace, row);
    setText(this.called, target ? `→ ${short.service(target)}` : "");
    const whole = trace.messages.get(row) ?? "";
    const message = specificCause(whole);
    setText(this.message, message);
    if (message) this.message.style.setProperty("--chars", `${Math.min(message.length, MESSAGE_CHARS)}ch`);
    setText(this.note, missing ? trace.ids[row] : noteOf(trace, row));
    const texts = [
      `${service}: ${trace.names[row]}`,
      target && `→ ${callTargetText(trace, row)}`,
      whole,
      waitText(trace, row),
    ];
    this.nameCell.title = missing ? missingTitle(trace, row) : texts.filter(Boolean).join("\n");
    this.#setBadges(screen, row, error);
    const collapsed = outline.isCollapsed(row);
    const parentRow = outline.isParent(row);
    setText(this.hidden, parentRow && collapsed ? `+${formatCount(trace.end[row] - row - 1)}` : "");
    setText(this.duration, missing ? "" : formatDuration(trace.length[row]));
    this.bar.update(screen, row, layout.axisWidth);
    this.#describe(index, row, screen, selected, parentRow ? !collapsed : null);
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {RowLayout} layout
   */
  #setTree(screen, row, { indent, height, middle }) {
    const { outline, trace } = screen;
    const column = columnOf(indent, trace.depth[row]);
    setAttribute(this.lines, "d", treeLines(outline, row, indent, height, middle));
    this.label.style.setProperty("margin-left", `${column * indent.step + indent.step / 2 - 8}px`);
    setText(this.level, levelLabel(indent, trace.depth[row]));
    this.twist.className = outline.isParent(row) ? (outline.isCollapsed(row) ? "twist" : "twist open") : "twist leaf";
  }

  /** @param {string} kind */
  #setKind(kind) {
    const known = kind === "server" || kind === "client" || kind === "producer" || kind === "consumer";
    this.kind.classList.toggle("no-kind", !known);
    if (!known) return;
    setAttribute(this.kindPath, "d", iconPath(kind));
    setAttribute(this.kind, "aria-label", KIND_TITLES[kind]);
  }

  /**
   * @param {TraceScreen} screen
   * @param {number} row
   * @param {boolean} error
   */
  #setBadges({ trace, logs, findings }, row, error) {
    const events = trace.events[row];
    const links = trace.links[row];
    const flags = trace.warningsOf(row);
    const records = logs?.of(trace, row) ?? [];
    const worst = highestSeverity(records);
    const skew = skewMark(trace, row);
    const unreached = trace.unreached.get(row);
    const wait = shortWaitText(trace, row);
    const found = findings?.of(trace, row) ?? [];
    const codes = found.map(({ code }) => code).join();
    const counts = `${events}|${links}|${flags.join()}|${records.length}`;
    const key = `${codes}|${wait}|${error}|${unreached}|${counts}|${worst}|${skew?.text}`;
    if (key === this.badgeKey) return;
    this.badgeKey = key;
    this.badges.replaceChildren();
    if (error) {
      this.badges.append(errorMark(unreached));
      if (unreached) {
        const title = `Error, ${outcomeText(unreached)}`;
        this.badges.append(el("span", { class: "outcome", title }, unreached));
      }
    }
    if (found[0]) {
      const title = found.map(({ summary }) => withoutBackticks(summary)).join("\n");
      this.badges.append(el("span", { class: `finding-mark ${found[0].severity}`, title }, icon("warn")));
    }
    if (wait) {
      this.badges.append(
        el(
          "span",
          { class: `wait-mark${wait.length <= SHORT_CHARS ? " short" : ""}`, title: waitText(trace, row) },
          icon("clock"),
          el("span", { class: "wait-text" }, wait),
        ),
      );
    }
    if (links > 0) {
      this.badges.append(
        el("span", { class: "link-mark", title: plural(links, "link") }, icon("link")),
      );
    }
    if (events > 0) {
      this.badges.append(
        el(
          "span",
          { class: "event-mark", title: plural(events, "event") },
          events > 1 ? formatCount(events) : "",
        ),
      );
    }
    if (records.length > 0) {
      this.badges.append(
        el(
          "span",
          {
            class: `log-mark ${worst ?? "none"}`,
            title: `${plural(records.length, "log record")}${worst ? `, highest severity: ${worst}` : ""}`,
          },
          icon("log"),
          records.length > 1 ? formatCount(records.length) : "",
        ),
      );
    }
    if (skew) this.badges.append(el("span", { class: "badge warn", title: skew.title }, skew.text));
    for (const { label, meaning } of flags.map(describeWarning)) {
      this.badges.append(el("span", { class: "badge warn", title: meaning }, label));
    }
  }

  /**
   * ARIA attributes.
   * @param {number} index
   * @param {number} row
   * @param {TraceScreen} screen
   * @param {boolean} selected
   * @param {boolean | null} expanded
   */
  #describe(index, row, { trace }, selected, expanded) {
    const { element } = this;
    element.id = `row-${row}`;
    setAttribute(element, "data-span", trace.ids[row]);
    setAttribute(element, "aria-rowindex", String(index + 1));
    setAttribute(element, "aria-label", rowLabel(trace, row));
    setAttribute(element, "aria-level", String(trace.depth[row] + 1));
    setAttribute(element, "aria-posinset", String(trace.position[row]));
    setAttribute(element, "aria-setsize", String(trace.siblings(row)));
    setAttribute(element, "aria-selected", String(selected));
    setAttribute(element, "aria-expanded", expanded === null ? null : String(expanded));
  }
}

/**
 * @param {TraceScreen} screen
 * @param {number} row
 * @returns {string} `local missing parent, likely here`
 */
function missingName({ trace, findings }, row) {
  const kind = findings?.missingKind(trace.ids[row]) ?? "";
  return `${kind === "remote" || kind === "local" ? `${kind} ` : ""}${placeholderName(trace, row)}`;
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function missingTitle(trace, row) {
  const caller = trace.parent[row];
  if (caller < 0) return MISSING_TITLE;
  const likely = `${trace.serviceOf(caller)} ${trace.names[caller]}`;
  return `${MISSING_TITLE}\nIts place is likely, because only ${likely} can have waited for its children.`;
}

/**
 * Marks what the header names: the duration of the slowest span, or the wait before a span.
 * @param {TraceScreen} screen
 * @param {number} row
 */
function focusClass({ trace, insights: { focus, wait, mostTime } }, row) {
  if (trace.count <= 2) return "";
  if (wait) return focus === row ? " longest-wait" : "";
  return mostTime.has(row) ? " slowest" : "";
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 */
function rowLabel(trace, row) {
  if (trace.placeholder[row] === 1) return `${placeholderName(trace, row)}, ${trace.ids[row]}`;
  const message = trace.messages.get(row) ?? "";
  const wait = waitText(trace, row);
  const error = trace.isError(row) ? `, error${message ? ` ${message}` : ""}` : "";
  return `${trace.serviceOf(row)} ${trace.names[row]}${error}, ${trace.kindOf(row)}, duration ${
    formatDuration(trace.length[row])
  }, starts at ${formatDuration(trace.start[row])}${wait ? `, ${wait}` : ""}`;
}
