// Takes files of traces, by button or dropped anywhere on the page, and says what came of them.

import { plural } from "../model/duration.js";
import { readImport } from "../model/import-answer.js";
import { importTraces, Refused, tracePagePath } from "../net/api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** More traces than this are counted, not linked. */
const MOST_LINKED = 5;

export class TraceImport {
  /**
   * @param {HTMLElement} button
   * @param {HTMLElement} note where the outcome is said
   * @param {HTMLElement} veil over the page while a file is held above it
   * @param {() => void} begun brings the note into sight
   */
  constructor(button, note, veil, begun) {
    this.note = note;
    this.begun = begun;
    this.veil = veil;
    this.chooser = el("input", {
      type: "file",
      accept: ".json,application/json",
      multiple: true,
      hidden: true,
      "aria-label": "Files of traces",
    });
    document.body.append(this.chooser);
    button.addEventListener("click", () => this.chooser.click());
    this.chooser.addEventListener("change", () => {
      void this.#take([...(this.chooser.files ?? [])]);
      this.chooser.value = "";
    });
    addEventListener("dragover", (event) => this.#over(event));
    addEventListener("dragleave", (event) => event.relatedTarget === null && this.#veiled(false));
    addEventListener("drop", (event) => this.#drop(event));
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#veiled(true);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#veiled(false);
    void this.#take([...event.dataTransfer.files]);
  }

  /** @param {boolean} held */
  #veiled(held) {
    this.veil.hidden = !held;
  }

  /** @param {File[]} files */
  async #take(files) {
    if (files.length === 0) return;
    this.begun();
    this.#say(false, el("span", {}, `Importing ${files.length === 1 ? files[0].name : plural(files.length, "file")}…`));
    /** @type {HTMLElement[]} */
    const said = [];
    let failed = false;
    for (const file of files) {
      try {
        const answer = readImport(await importTraces(file));
        failed ||= answer.rejected > 0;
        said.push(outcome(file.name, answer));
      } catch (error) {
        failed = true;
        const why = error instanceof Refused ? error.message : "the server does not answer, or the file cannot be read";
        said.push(el("p", {}, el("strong", {}, `${file.name} was not imported. `), why));
      }
    }
    this.#say(failed, ...said);
  }

  /**
   * @param {boolean} failed
   * @param {...HTMLElement} said
   */
  #say(failed, ...said) {
    const close = el("button", { type: "button", class: "button icon-only", "aria-label": "Dismiss" }, icon("close"));
    close.addEventListener("click", () => {
      this.note.hidden = true;
    });
    this.note.hidden = false;
    this.note.classList.toggle("failed", failed);
    fill(this.note, el("div", { class: "import-said" }, ...said), close);
  }
}

/**
 * @param {string} name
 * @param {import("../model/import-answer.js").ImportAnswer} answer
 */
function outcome(name, { traces, spans, rejected, message }) {
  return el(
    "p",
    {},
    el("strong", {}, `${name}: `),
    message || `${plural(spans, "span")} of ${plural(traces.length, "trace")}, ${plural(rejected, "span")} rejected`,
    ...traces.slice(0, MOST_LINKED).flatMap((
      id,
    ) => [" ", el("a", { class: "import-link", href: tracePagePath(id) }, id.slice(0, 8))]),
    traces.length > MOST_LINKED ? ` and ${traces.length - MOST_LINKED} more` : null,
  );
}
