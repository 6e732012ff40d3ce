// Session, where the server requires a token: the sign-out button, and a sign-in form that keeps the page when the
// session has expired.

import { getStatus, SIGNED_OUT, signIn, signOut } from "../net/api.js";
import { el, fill, setText } from "./dom.js";

/**
 * @typedef {object} SessionHooks
 * @property {() => void} out the session has expired
 * @property {() => void} back the user has signed in again
 */

export class Session {
  /**
   * @param {HTMLElement} notice
   * @param {HTMLElement} signOutButton
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

  /** A request succeeded, so the user has signed in again, here or in another tab. */
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
      el("label", { for: "session-token" }, "Access token"),
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
      el("p", {}, el("strong", {}, "You are signed out. "), "This page does not update until you sign in again."),
      form,
    );
    this.notice.hidden = false;
    this.signOutButton.hidden = true;
    // Do not take the focus from a user who is reading or typing.
    if (document.activeElement === document.body) field.focus();
    this.hooks.out();
  }

  /**
   * @param {HTMLInputElement} field
   * @param {HTMLElement} problem
   */
  async #signIn(field, problem) {
    const wrong = await signIn(field.value).catch(() => "The server does not respond.");
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
      // The button appears on the next page load.
    }
  }
}
