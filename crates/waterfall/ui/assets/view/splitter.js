// A bar between two parts that is dragged, or moved by arrow keys, and persisted.

import { persisted } from "./storage.js";

const KEY_STEP_PX = 16;

/**
 * @typedef {object} SplitterOptions
 * @property {string} key under which the size is persisted
 * @property {number} size in pixels, at first
 * @property {() => [least: number, most: number]} bounds
 * @property {1 | -1} direction 1 where the part left of the bar has the size
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
    this.wanted = Number(this.memory.load()) || options.size;
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

  /** As large as is wanted and there is room for. */
  get size() {
    const [least, most] = this.options.bounds();
    return Math.round(Math.min(Math.max(this.wanted, least), Math.max(least, most)));
  }

  /** @param {number} size */
  #set(size) {
    const [least, most] = this.options.bounds();
    this.wanted = Math.min(Math.max(size, least), Math.max(least, most));
    this.memory.save(String(Math.round(this.wanted)));
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
