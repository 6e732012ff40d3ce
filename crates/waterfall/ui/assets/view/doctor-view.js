// Doctor page: findings by cause with their trend, and the hop matrix.

import { readHops, readOverview } from "../model/doctor.js";
import { formatCount, plural } from "../model/duration.js";
import { getDoctor, getHops, HttpError, tracePagePath } from "../net/api.js";
import { codeText } from "./code-text.js";
import { el, fill, keepFocus, setText } from "./dom.js";
import { findingDetails, severityBadge } from "./finding-details.js";
import { unfold, unfoldedIn } from "./folds.js";
import { hopMatrix } from "./hop-matrix.js";
import { keepApart } from "./service-color.js";
import { sparklineSvg } from "./sparkline-cell.js";
import { startedText } from "./started-text.js";
import { Suppressions } from "./suppressions.js";

/** @typedef {import("../model/doctor.js").Group} Group */
/** @typedef {import("../model/doctor.js").Examined} Examined */

const ARRIVING =
  "Spans are still arriving. A trace is examined when nothing of it has arrived for ten seconds, or longer where " +
  "services export slowly.";

export class DoctorView {
  /** @param {{ note: HTMLElement, groups: HTMLElement, suppressed: HTMLElement, hops: HTMLElement }} parts */
  constructor(parts) {
    this.parts = parts;
    this.suppressions = new Suppressions(parts.suppressed, () => this.load());
  }

  /** Loads and shows both. */
  async load() {
    try {
      const [overview, hops] = await Promise.all([getDoctor(), getHops()]);
      this.#show(readOverview(overview), readHops(hops));
    } catch (error) {
      const why = error instanceof HttpError ? error.message : "the server does not respond";
      setText(this.parts.note, `The findings are not up to date: ${why}. The page tries again every few seconds.`);
    }
  }

  /**
   * @param {ReturnType<typeof readOverview>} overview
   * @param {ReturnType<typeof readHops>} hops
   */
  #show({ examined, groups, suppressions }, hops) {
    const { note, groups: list, hops: matrix } = this.parts;
    setText(note, examinedText(examined));
    keepApart(hops.services);
    const unfolded = unfoldedIn(list);
    keepFocus(
      list,
      () => fill(list, ...(groups.length > 0 ? groups.map((group) => this.#card(group)) : [nothing(examined)])),
    );
    unfold(list, unfolded);
    keepFocus(this.parts.suppressed, () => this.suppressions.show(suppressions));
    keepFocus(matrix, () =>
      fill(
        matrix,
        hops.hops.length > 0
          ? hopMatrix(hops)
          : el("p", { class: "muted" }, "No calls between services in these traces."),
        hops.leftOut > 0 ? el("p", { class: "muted" }, `${plural(hops.leftOut, "pair")} of services left out.`) : null,
      ));
  }

  /** @param {Group} group */
  #card(group) {
    const now = Date.now();
    return el(
      "article",
      { class: `cause ${group.severity}` },
      el(
        "header",
        {},
        severityBadge(group.severity),
        el("h2", {}, ...codeText(`${group.title.slice(0, 1).toUpperCase()}${group.title.slice(1)}`)),
        el("code", { class: "muted" }, group.code),
        el("span", { class: "spring" }),
        el(
          "span",
          { class: "cause-trend", title: "Affected traces over the time of the traces that were examined" },
          sparklineSvg("rate", group.trend, null),
          el("strong", {}, formatCount(group.affected)),
        ),
      ),
      el(
        "p",
        { class: "cause-times muted" },
        `first ${startedText(group.first, now)}, last ${startedText(group.last, now)} · `,
        el("a", { class: "link-button", href: tracePagePath(group.example) }, "example trace"),
      ),
      ...group.findings.map((finding) => findingDetails(finding, "", false, this.suppressions.buttons(finding))),
      group.leftOut > 0 ? el("p", { class: "muted" }, `${plural(group.leftOut, "finding")} more.`) : null,
    );
  }
}

/** @param {Examined} examined */
function examinedText({ traces, spans, arriving, beyond, suppressed }) {
  const parts = [`${plural(traces, "trace")} examined (${plural(spans, "span")})`];
  if (arriving > 0) parts.push(`${formatCount(arriving)} still arriving`);
  if (beyond > arriving) parts.push(`${formatCount(beyond - arriving)} older ones not examined`);
  if (suppressed > 0) parts.push(`${plural(suppressed, "finding")} suppressed`);
  return `${parts.join(" · ")}.`;
}

/** @param {Examined} examined */
function nothing({ traces, arriving }) {
  const [title, text] = traces > 0
    ? ["No findings", "In these traces, the doctor found nothing that is broken."]
    : arriving > 0
    ? ["Waiting", ARRIVING]
    : ["No traces yet", "Findings appear here once there are traces."];
  return el("div", { class: "doctor-empty" }, el("h2", {}, title), el("p", { class: "muted" }, text));
}
