// Findings that are known and accepted: buttons at a finding, the list of what is suppressed, lines for a file.

import { readKept, suppressionChoices, suppressionText } from "../model/doctor.js";
import { plural } from "../model/duration.js";
import { changeSuppression } from "../net/api.js";
import { el, fill } from "./dom.js";

/** @typedef {import("../model/doctor.js").Entry} Entry */
/** @typedef {import("../model/doctor.js").Suppression} Suppression */
/** @typedef {import("../model/findings.js").Finding} Finding */

export class Suppressions {
  /**
   * @param {HTMLElement} place
   * @param {() => Promise<void>} reload the findings
   */
  constructor(place, reload) {
    this.list = el("div", {});
    this.note = el("div", { role: "status" });
    this.reload = reload;
    fill(place, this.note, this.list);
  }

  /**
   * The buttons at a finding.
   * @param {Finding} finding
   */
  buttons(finding) {
    const title = "Accept findings of this rule as known. They stay counted, and can be brought back.";
    const choices = suppressionChoices(finding).map(({ label, entry }) =>
      button(label, title, () => void this.#change("POST", entry))
    );
    return el("p", { class: "suppress" }, el("span", { class: "muted" }, "Not here:"), ...choices);
  }

  /** @param {Suppression[]} suppressions */
  show(suppressions) {
    if (suppressions.length === 0) return fill(this.list);
    fill(
      this.list,
      el("h2", { class: "doctor-heading" }, "Suppressed"),
      el("ul", { class: "suppressed" }, ...suppressions.map((one) => this.#entry(one))),
    );
  }

  /** @param {Suppression} one */
  #entry(one) {
    const { code, service, route } = one;
    const entry = Object.fromEntries(Object.entries({ code, service, route }).filter(([, value]) => value !== ""));
    const back = one.ofPage
      ? button("bring back", "Show these findings again", () => void this.#change("DELETE", entry))
      : el("span", { class: "muted" }, "by the file of WATERFALL_DOCTOR_CONFIG");
    return el(
      "li",
      {},
      suppressionText(one),
      el("span", { class: "muted" }, ` · ${plural(one.findings, "finding")} `),
      back,
    );
  }

  /**
   * @param {"POST" | "DELETE"} method
   * @param {Record<string, string>} entry
   */
  async #change(method, entry) {
    try {
      const { kept, toml } = readKept(await changeSuppression(method, entry));
      fill(this.note, ...(kept || method === "DELETE" ? [] : untilRestart(toml)));
    } catch (error) {
      fill(
        this.note,
        el("p", { class: "error-text" }, `Not changed: ${error instanceof Error ? error.message : error}`),
      );
    }
    await this.reload();
  }
}

/**
 * @param {string} label
 * @param {string} title
 * @param {() => void} act
 */
function button(label, title, act) {
  const made = el("button", { class: "button", type: "button", title }, label);
  made.addEventListener("click", act);
  return made;
}

/** @param {string} toml */
function untilRestart(toml) {
  return [
    el(
      "p",
      {},
      "Suppressed until the waterfall restarts, because it has no data directory that it can write. ",
      "To keep it, add to the file of ",
      el("code", {}, "WATERFALL_DOCTOR_CONFIG"),
      ":",
    ),
    el("pre", { class: "suppress-lines" }, toml),
  ];
}
