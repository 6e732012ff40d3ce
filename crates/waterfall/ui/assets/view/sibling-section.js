// Section of the details panel: attributes whose value differs from that of most siblings.

import { attributeText } from "../model/attributes.js";
import { plural } from "../model/duration.js";
import { attributeLine, breakable } from "./attribute-table.js";
import { el } from "./dom.js";

/** @typedef {import("../model/span-details.js").Siblings} Siblings */
/** @typedef {import("../model/span-details.js").Difference} Difference */

const USUAL_CHARS = 120;

/** @param {Siblings} siblings */
export function siblingSection({ compared, differences }) {
  return el(
    "section",
    { class: "section attribute-section siblings" },
    el(
      "h3",
      { title: "Siblings have the same parent, service and name" },
      "Differs from its siblings",
      el("span", { class: "muted" }, ` ${plural(compared, "sibling")} compared`),
    ),
    el("dl", { class: "attributes" }, ...differences.map((difference) => line(difference, compared))),
  );
}

/**
 * @param {Difference} difference
 * @param {number} compared
 */
function line({ key, own, usual, sharedBy }, compared) {
  const count = sharedBy === compared ? "all" : `${sharedBy} of ${compared}`;
  const text = usual === null ? "" : attributeText(usual);
  const shortText = text.length > USUAL_CHARS ? `${text.slice(0, USUAL_CHARS)}…` : text;
  const note = usual === null ? `${count} siblings lack it` : `${count} siblings: ${shortText || "(empty)"}`;
  if (own !== null) return attributeLine(own, note);
  return el(
    "div",
    { class: "attribute" },
    el("dt", {}, ...breakable(key)),
    el("dd", {}, el("span", { class: "value muted" }, "not set")),
    el("dd", { class: "attribute-note muted" }, note),
  );
}
