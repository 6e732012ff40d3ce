// A window on a picture that is panned and zoomed: by drag, wheel, pinch, keys and buttons.

import { Viewport } from "../model/viewport.js";
import { el } from "./dom.js";

const ZOOM_STEP = 1.25;
const PAN_STEP_PX = 60;
/** Zoom factor per pixel of wheel movement, as an exponent. */
const WHEEL_RATE = 0.002;
/** A press that moves less is a click. */
const DRAG_PX = 4;
/** @type {Record<string, [x: number, y: number]>} */
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class PanZoom {
  /** @param {string} label accessible name of the picture */
  constructor(label) {
    this.viewport = new Viewport();
    this.layer = el("div", { class: "pan-layer" });
    this.window = el("div", {
      class: "pan-window",
      tabindex: "0",
      role: "group",
      "aria-label": `${label}. Arrow keys move, + and − zoom, 0 fits.`,
    }, this.layer);
    this.element = el(
      "div",
      { class: "pan-zoom" },
      this.window,
      el(
        "div",
        { class: "pan-buttons", role: "group", "aria-label": "Zoom" },
        this.#button("+", "Zoom in (+)", () => this.viewport.zoom(ZOOM_STEP)),
        this.#button("−", "Zoom out (−)", () => this.viewport.zoom(1 / ZOOM_STEP)),
        this.#button("Fit", "Show everything (0)", () => this.viewport.fit()),
      ),
    );
    /**
     * Pressed pointers: two of them pinch.
     * @type {Map<number, { x: number, y: number }>}
     */
    this.pointers = new Map();
    this.dragged = 0;
    this.window.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.window.addEventListener("keydown", (event) => this.#key(event));
    this.window.addEventListener("pointerdown", (event) => this.#down(event));
    this.window.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.window.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    // A drag that ends on a box does not open it.
    this.window.addEventListener("click", (event) => {
      if (this.dragged > DRAG_PX) event.stopPropagation();
    }, { capture: true });
    new ResizeObserver(() => this.#measure()).observe(this.window);
    this.picture = { width: 1, height: 1 };
  }

  /**
   * @param {HTMLElement} picture
   * @param {{ width: number, height: number }} size
   */
  show(picture, size) {
    this.picture = size;
    this.layer.replaceChildren(picture);
    this.#measure();
  }

  #measure() {
    const { clientWidth: width, clientHeight: height } = this.window;
    if (width === 0 || height === 0) return;
    this.viewport.measure(this.picture, { width, height });
    this.#apply();
  }

  #apply() {
    const { x, y, scale } = this.viewport;
    this.layer.style.setProperty("transform", `translate(${x}px, ${y}px) scale(${scale})`);
  }

  /**
   * @param {string} text
   * @param {string} title
   * @param {() => void} change
   */
  #button(text, title, change) {
    const button = el("button", { type: "button", class: "button", title, "aria-label": title }, text);
    button.addEventListener("click", () => {
      change();
      this.#apply();
    });
    return button;
  }

  /**
   * With Ctrl, and so by a pinch on a touchpad, the wheel zooms.
   * @param {WheelEvent} event
   */
  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.viewport.zoom(Math.exp(-event.deltaY * WHEEL_RATE), this.#at(event));
    this.#apply();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.viewport.pan(arrow[0] * PAN_STEP_PX, arrow[1] * PAN_STEP_PX);
    else if (event.key === "+" || event.key === "=") this.viewport.zoom(ZOOM_STEP);
    else if (event.key === "-") this.viewport.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") this.viewport.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#apply();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    if (this.pointers.size === 0) this.dragged = 0;
    this.pointers.set(event.pointerId, this.#at(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#at(event);
    const [x, y] = [now.x - before.x, now.y - before.y];
    this.dragged += Math.abs(x) + Math.abs(y);
    if (this.dragged > DRAG_PX && !this.window.hasPointerCapture(event.pointerId)) {
      this.window.setPointerCapture(event.pointerId);
    }
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const distance = (/** @type {{ x: number, y: number }} */ point) =>
        Math.hypot(point.x - other.x, point.y - other.y);
      this.viewport.zoom(distance(now) / Math.max(1, distance(before)), other);
    } else if (this.dragged > DRAG_PX) this.viewport.pan(x, y);
    this.pointers.set(event.pointerId, now);
    this.#apply();
  }

  /** @param {MouseEvent} event */
  #at(event) {
    const box = this.window.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }
}
