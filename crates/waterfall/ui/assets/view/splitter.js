// Separator between two panes: dragged or moved by arrow keys; the size is persisted.

import { persisted } from "./storage.js";

const KEY_STEP_PX = 16;

/**
 * @typedef {object} SplitterOptions
 * @property {string} key storage key of the size
 * @property {number} size initial size in pixels
 * @property {() => [min: number, max: number]} bounds
 * @property {1 | -1} direction 1 if the pane to the left is resized, -1 for the right
 * @property {(size: number) => void} moved
 */

export class Splitter {
  /**
   * @param {HTMLElement} bar
   * @param {SplitterOptions} options
   */
  constructor(bar, options) {
    this.bar = bar;
    this.options = options;
    this.memory = persisted(options.key);
    this.requestedSize = Number(this.memory.load()) || options.size;
    bar.addEventListener("pointerdown", (event) => this.#drag(event));
    bar.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowLeft" ? -KEY_STEP_PX : event.key === "ArrowRight" ? KEY_STEP_PX : 0;
      if (by === 0) return;
      event.preventDefault();
      event.stopPropagation();
      this.#set(this.size + by * options.direction);
    });
    bar.addEventListener("dblclick", () => this.#set(options.size));
  }

  /** The requested size within the bounds. */
  get size() {
    const [min, max] = this.options.bounds();
    return Math.round(Math.min(Math.max(this.requestedSize, min), Math.max(min, max)));
  }

  /** @param {number} size */
  #set(size) {
    const [min, max] = this.options.bounds();
    this.requestedSize = Math.min(Math.max(size, min), Math.max(min, max));
    this.memory.save(String(Math.round(this.requestedSize)));
    this.options.moved(this.size);
  }

  /** @param {PointerEvent} down */
  #drag(down) {
    if (down.button !== 0) return;
    down.preventDefault();
    this.bar.setPointerCapture(down.pointerId);
    const from = this.size;
    const move = (/** @type {PointerEvent} */ event) =>
      this.#set(from + (event.clientX - down.clientX) * this.options.direction);
    this.bar.addEventListener("pointermove", move);
    this.bar.addEventListener("lostpointercapture", () => this.bar.removeEventListener("pointermove", move), {
      once: true,
    });
  }
}
