// Section of the details panel: what the doctor says about this span.

import { el } from "./dom.js";
import { findingDetails } from "./finding-details.js";

/**
 * @param {readonly import("../model/findings.js").Finding[]} findings
 * @param {string} traceId
 */
export function findingSection(findings, traceId) {
  if (findings.length === 0) return null;
  return el(
    "section",
    { class: "section findings" },
    el("h3", {}, "Doctor", el("span", { class: "muted" }, ` ${findings.length}`)),
    ...findings.map((finding, at) => findingDetails(finding, traceId, at === 0)),
  );
}
