// Entry point of the doctor page: loads the findings, and again every few seconds while nobody uses the page.

import { byId } from "./view/dom.js";
import { DoctorView } from "./view/doctor-view.js";
import { helpOverlay } from "./view/help.js";
import { Session } from "./view/session.js";
import { themeToggle } from "./view/theme.js";
import { DOCTOR_HELP, doctorKey } from "./view/trace-list-keys.js";

const REFRESH_MILLIS = 5000;

const groups = byId("groups");
const view = new DoctorView({ note: byId("note"), groups, suppressed: byId("suppressed"), hops: byId("hops") });
const nextTheme = themeToggle(byId("theme"), () => {});
const help = helpOverlay(byId("help"), () => ({ groups: DOCTOR_HELP }));
new Session(byId("session"), byId("sign-out"), { out: () => {}, back: () => void view.load() });

/** @type {Partial<Record<import("./view/trace-list-keys.js").TraceListAction, () => void>>} */
const actions = {
  traces: () => location.assign("/"),
  services: () => location.assign("/?view=services"),
  doctor: () => void view.load(),
  theme: nextTheme,
  help: help.toggle,
};

/** @param {KeyboardEvent} event */
function handleKey(event) {
  const action = help.isOpen ? (event.key === "?" ? "help" : null) : doctorKey(event);
  if (!action) return;
  event.preventDefault();
  actions[action]?.();
}

/** Nothing moves while it is read. */
function isUsed() {
  const main = byId("doctor");
  return document.hidden || main.matches(":hover") || main.contains(document.activeElement);
}

byId("help-button").addEventListener("click", help.toggle);
document.addEventListener("keydown", handleKey);
setInterval(() => isUsed() || void view.load(), REFRESH_MILLIS);
void view.load();
