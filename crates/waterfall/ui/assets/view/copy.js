// Copies text to the clipboard, also on pages served over plain HTTP.

import { el } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MILLIS = 1_200;

/**
 * @param {string} what for the label: `trace ID`
 * @param {() => string} text
 * @returns {HTMLButtonElement}
 */
export function copyButton(what, text) {
  const button = el(
    "button",
    { type: "button", class: "copy", title: `Copy ${what}`, "aria-label": `Copy ${what}` },
    icon("copy"),
  );
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    const copied = await copyText(text());
    button.replaceChildren(icon(copied ? "check" : "close"));
    button.classList.toggle("done", copied);
    setTimeout(() => {
      button.replaceChildren(icon("copy"));
      button.classList.remove("done");
    }, SHOWN_MILLIS);
  });
  return button;
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * `navigator.clipboard` exists only in secure contexts; `execCommand` works elsewhere.
 * @param {string} text
 */
function copyBySelection(text) {
  const area = el("textarea", { class: "off-screen", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
