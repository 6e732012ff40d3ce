// Imports trace files, chosen by button or dropped on the page, and reports the result.

import { plural } from "../model/duration.js";
import { readImportResult } from "../model/import-result.js";
import { shortId } from "../model/short-id.js";
import { HttpError, importTraces, tracePagePath } from "../net/api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";

/** Further traces are counted, not linked. */
const MAX_LINKED = 5;

export class TraceImport {
  /**
   * @param {HTMLElement} button
   * @param {HTMLElement} note shows the result
   * @param {HTMLElement} overlay shown while a file is dragged over the page
   * @param {() => void} started brings the note into view
   */
  constructor(button, note, overlay, started) {
    this.note = note;
    this.started = started;
    this.overlay = overlay;
    this.chooser = el("input", {
      type: "file",
      accept: ".json,application/json",
      multiple: true,
      hidden: true,
      "aria-label": "Trace files",
    });
    document.body.append(this.chooser);
    button.addEventListener("click", () => this.chooser.click());
    this.chooser.addEventListener("change", () => {
      void this.#take([...(this.chooser.files ?? [])]);
      this.chooser.value = "";
    });
    addEventListener("dragover", (event) => this.#over(event));
    addEventListener("dragleave", (event) => event.relatedTarget === null && this.#showOverlay(false));
    addEventListener("drop", (event) => this.#drop(event));
  }

  /** @param {DragEvent} event */
  #over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#showOverlay(true);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.#showOverlay(false);
    void this.#take([...event.dataTransfer.files]);
  }

  /** @param {boolean} held */
  #showOverlay(held) {
    this.overlay.hidden = !held;
  }

  /** @param {File[]} files */
  async #take(files) {
    if (files.length === 0) return;
    this.started();
    const what = files.length === 1 ? files[0].name : plural(files.length, "file");
    this.#show(false, el("span", {}, `Importing ${what}…`));
    /** @type {HTMLElement[]} */
    const messages = [];
    let failed = false;
    for (const file of files) {
      try {
        const answer = readImportResult(await importTraces(file));
        failed ||= answer.rejected > 0;
        messages.push(outcome(file.name, answer));
      } catch (error) {
        failed = true;
        const why = error instanceof HttpError
          ? error.message
          : "The server does not respond, or the file cannot be read. Import it again when the page says Live";
        messages.push(el("p", {}, el("strong", {}, `${file.name} was not imported. `), why));
      }
    }
    this.#show(failed, ...messages);
  }

  /**
   * @param {boolean} failed
   * @param {...HTMLElement} messages
   */
  #show(failed, ...messages) {
    const close = el("button", { type: "button", class: "button icon-only", "aria-label": "Dismiss" }, icon("close"));
    close.addEventListener("click", () => {
      this.note.hidden = true;
    });
    this.note.hidden = false;
    this.note.classList.toggle("failed", failed);
    fill(this.note, el("div", { class: "import-messages" }, ...messages), close);
  }
}

/**
 * @param {string} name
 * @param {import("../model/import-result.js").ImportResult} answer
 */
function outcome(name, { traces, spans, rejected, message }) {
  return el(
    "p",
    {},
    el("strong", {}, `${name}: `),
    message ||
      `${plural(spans, "span")} of ${plural(traces.length, "trace")}, ${plural(rejected, "span")} rejected`,
    ...traces.slice(0, MAX_LINKED).flatMap((
      id,
    ) => [" ", el("a", { class: "import-link", href: tracePagePath(id) }, shortId(id))]),
    traces.length > MAX_LINKED ? ` and ${traces.length - MAX_LINKED} more` : null,
  );
}
