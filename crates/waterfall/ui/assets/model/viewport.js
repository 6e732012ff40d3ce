// Scale and position of a picture that is panned and zoomed within a window.

const MIN_SCALE = 0.1;
const MAX_SCALE = 2;
/** A large picture opens at this scale, at which its text can be read, rather than as a whole. */
const READABLE_SCALE = 0.6;
/** Part of the picture that stays in sight, in pixels. */
const KEPT_PX = 60;

export class Viewport {
  constructor() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    /**
     * How the picture is placed when the window changes; null once it was moved.
     * @type {"opened" | "fitted" | null}
     */
    this.placed = "opened";
    this.picture = { width: 1, height: 1 };
    this.window = { width: 1, height: 1 };
  }

  /**
   * @param {{ width: number, height: number }} picture
   * @param {{ width: number, height: number }} window
   */
  measure(picture, window) {
    this.picture = picture;
    this.window = window;
    if (this.placed === "opened") this.#place(READABLE_SCALE);
    else if (this.placed === "fitted") this.fit();
    else this.#keepInSight();
  }

  /** Shows the whole picture in the middle, at most at full size. */
  fit() {
    this.#place(MIN_SCALE);
    this.placed = "fitted";
  }

  /**
   * Shows as much of the picture as fits at the least scale: the middle of its height, from its left edge.
   * @param {number} least
   */
  #place(least) {
    const { picture, window } = this;
    this.scale = Math.max(least, Math.min(1, window.width / picture.width, window.height / picture.height));
    this.x = Math.max(0, (window.width - picture.width * this.scale) / 2);
    this.y = (window.height - picture.height * this.scale) / 2;
  }

  /**
   * @param {number} factor above 1 enlarges
   * @param {{ x: number, y: number }} [around] a point of the window that stays in place; its middle by default
   */
  zoom(factor, around = { x: this.window.width / 2, y: this.window.height / 2 }) {
    const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, this.scale * factor));
    const by = scale / this.scale;
    this.x = around.x - (around.x - this.x) * by;
    this.y = around.y - (around.y - this.y) * by;
    this.scale = scale;
    this.placed = null;
    this.#keepInSight();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  pan(x, y) {
    this.x += x;
    this.y += y;
    this.placed = null;
    this.#keepInSight();
  }

  #keepInSight() {
    const { picture, window, scale } = this;
    this.x = Math.min(window.width - KEPT_PX, Math.max(KEPT_PX - picture.width * scale, this.x));
    this.y = Math.min(window.height - KEPT_PX, Math.max(KEPT_PX - picture.height * scale, this.y));
  }
}
