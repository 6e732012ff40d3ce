// Notice with the most severe finding of the trace, or with what is waited for before the doctor says anything.

import { plural } from "../model/duration.js";
import { formatAgo } from "../model/timestamp.js";
import { codeText } from "./code-text.js";
import { el, fill } from "./dom.js";
import { severityBadge } from "./finding-details.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/**
 * @param {HTMLElement} element
 * @param {TraceScreen} screen
 * @param {(row: number) => void} goTo
 */
export function showFindings(element, { trace, findings }, goTo) {
  const [first, ...others] = findings?.aboveNote ?? [];
  const arriving = trace.placeholders > 0 ? findings?.arriving : null;
  if (arriving) return fill(element, waiting(arriving));
  if (!first) {
    if (element.firstChild) fill(element);
    return;
  }
  const row = trace.rowOf(first.spanIds[0] ?? "");
  const show = el("button", { type: "button", class: "link-button" }, "Show");
  show.addEventListener("click", () => goTo(row));
  const more = others.length > 0 ? ` And ${plural(others.length, "more finding")}.` : "";
  fill(
    element,
    el(
      "div",
      { class: `notice finding-notice ${first.severity}` },
      severityBadge(first.severity),
      el("span", {}, el("strong", {}, ...codeText(first.summary)), more),
      row >= 0 ? show : null,
    ),
  );
}

/** @param {import("../model/findings.js").Arriving} arriving */
function waiting({ examinedAt, slowest, slowestHeard }) {
  const now = Date.now();
  const seconds = Math.max(1, Math.ceil(Number(examinedAt / 1_000_000n - BigInt(now)) / 1000));
  const wait = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return el(
    "div",
    { class: "notice finding-notice note" },
    el(
      "span",
      {},
      el("strong", {}, `Waiting for ${slowest}, last heard ${formatAgo(slowestHeard, now)}. `),
      `Spans may still arrive. If none do, the doctor examines this trace in ${wait}.`,
    ),
  );
}
