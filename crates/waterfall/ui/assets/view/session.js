// Signed in or not, where the server asks for a token: a way out, and a way in again that leaves the page as it is.

import { getStatus, SIGNED_OUT, signIn, signOut } from "../net/api.js";
import { el, fill, setText } from "./dom.js";

/**
 * @typedef {object} SessionHooks
 * @property {() => void} out what is asked is not answered any more
 * @property {() => void} back it is again
 */

export class Session {
  /**
   * @param {HTMLElement} notice
   * @param {HTMLElement} signOutButton the button that signs out
   * @param {SessionHooks} hooks
   */
  constructor(notice, signOutButton, hooks) {
    this.notice = notice;
    this.signOutButton = signOutButton;
    this.hooks = hooks;
    addEventListener(SIGNED_OUT, () => this.#show());
    signOutButton.addEventListener("click", () => void this.#signOut());
    void this.#updateSignOutButton();
  }

  get isSignedOut() {
    return !this.notice.hidden;
  }

  /** The server answers: here, or in another tab, the reader has signed in again. */
  answered() {
    if (!this.isSignedOut) return;
    this.notice.hidden = true;
    fill(this.notice);
    void this.#updateSignOutButton();
    this.hooks.back();
  }

  #show() {
    if (this.isSignedOut) return;
    const field = el("input", {
      id: "session-token",
      type: "password",
      autocomplete: "current-password",
      required: true,
      "aria-describedby": "session-problem",
    });
    const problem = el("span", { id: "session-problem", class: "session-problem", role: "alert" });
    const form = el(
      "form",
      { class: "session-form" },
      el("label", { for: "session-token" }, "Token for reading"),
      field,
      el("button", { class: "button" }, "Sign in"),
      problem,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#signIn(field, problem);
    });
    fill(
      this.notice,
      el("p", {}, el("strong", {}, "You are signed out. "), "What is here stays, nothing new is shown."),
      form,
    );
    this.notice.hidden = false;
    this.signOutButton.hidden = true;
    // Whoever reads or writes is not interrupted.
    if (document.activeElement === document.body) field.focus();
    this.hooks.out();
  }

  /**
   * @param {HTMLInputElement} field
   * @param {HTMLElement} problem
   */
  async #signIn(field, problem) {
    const wrong = await signIn(field.value).catch(() => "The server does not answer.");
    if (wrong === null) this.answered();
    else {
      setText(problem, wrong);
      field.select();
    }
  }

  async #signOut() {
    await signOut().catch(() => {});
    location.reload();
  }

  async #updateSignOutButton() {
    try {
      const status = /** @type {{ signed_in?: unknown }} */ (await getStatus());
      this.signOutButton.hidden = status.signed_in !== true;
    } catch {
      // It is offered when the page is loaded the next time.
    }
  }
}
