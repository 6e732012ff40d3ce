// Keeps the height of the header while one reads below it: a newer version of the trace may add a notice or
// a callout, which would move the rows under the pointer. What has no room appears when the pointer leaves.

export class HeldHeight {
  /**
   * @param {HTMLElement} part
   * @param {HTMLElement[]} below parts that must not move while the pointer is on them
   * @param {() => void} released the part has its own height again
   */
  constructor(part, below, released) {
    this.part = part;
    this.below = below;
    this.released = released;
    for (const element of below) {
      element.addEventListener("pointerleave", ({ relatedTarget: to }) => {
        if (!(to instanceof Node && below.some((other) => other.contains(to)))) this.release();
      });
    }
    addEventListener("resize", () => this.release());
  }

  /** Call before the content changes. */
  hold() {
    if (!this.below.some((element) => element.matches(":hover"))) return;
    this.part.style.setProperty("height", `${this.part.getBoundingClientRect().height}px`);
    this.part.classList.add("held");
  }

  /** Call after the content has changed. */
  mark() {
    this.part.classList.toggle("cut", this.part.scrollHeight > this.part.clientHeight + 1);
  }

  release() {
    if (!this.part.classList.contains("held")) return;
    this.part.style.removeProperty("height");
    this.part.classList.remove("held", "cut");
    this.released();
  }
}
