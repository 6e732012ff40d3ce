// Selecting a range by dragging over a strip; the selection is tinted while the pointer is down.

import { el } from "./dom.js";

/** Shorter drags are clicks. */
const MIN_PX = 4;

/**
 * @typedef {object} RangeHooks
 * @property {(clientX: number) => number} share pointer position: 0 at the left edge of the strip, 1 at the right
 * @property {(from: number, to: number) => void} done
 * @property {(share: number) => void} [clicked]
 */

/**
 * @param {HTMLElement} strip
 * @param {RangeHooks} hooks
 */
export function dragRange(strip, hooks) {
  const tint = el("div", { class: "drag-tint", hidden: true });
  strip.append(tint);
  strip.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || (down.target instanceof Element && down.target.closest("[data-drag]"))) return;
    strip.setPointerCapture(down.pointerId);
    const origin = strip.getBoundingClientRect().left;
    let last = down.clientX;
    const move = (/** @type {PointerEvent} */ event) => {
      last = event.clientX;
      const from = Math.min(down.clientX, last) - origin;
      tint.hidden = Math.abs(last - down.clientX) < MIN_PX;
      tint.style.setProperty("transform", `translateX(${from}px)`);
      tint.style.setProperty("width", `${Math.abs(last - down.clientX)}px`);
    };
    const stop = (/** @type {PointerEvent} */ event) => {
      strip.removeEventListener("pointermove", move);
      strip.removeEventListener("pointerup", stop);
      strip.removeEventListener("pointercancel", stop);
      tint.hidden = true;
      if (event.type === "pointercancel") return;
      if (Math.abs(last - down.clientX) < MIN_PX) {
        hooks.clicked?.(clamp(hooks.share(down.clientX)));
        return;
      }
      const a = clamp(hooks.share(down.clientX));
      const b = clamp(hooks.share(last));
      hooks.done(Math.min(a, b), Math.max(a, b));
    };
    strip.addEventListener("pointermove", move);
    strip.addEventListener("pointerup", stop);
    strip.addEventListener("pointercancel", stop);
  });
}

/** @param {number} share */
function clamp(share) {
  return Math.min(1, Math.max(0, share));
}
