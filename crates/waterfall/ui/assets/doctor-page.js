// Entry point of the doctor page: loads the findings, and again every few seconds while nobody uses the page.

import { byId } from "./view/dom.js";
import { DoctorView } from "./view/doctor-view.js";
import { Session } from "./view/session.js";
import { themeToggle } from "./view/theme.js";

const REFRESH_MILLIS = 5000;

const groups = byId("groups");
const view = new DoctorView({ note: byId("note"), groups, suppressed: byId("suppressed"), hops: byId("hops") });
themeToggle(byId("theme"), () => {});
new Session(byId("session"), byId("sign-out"), { out: () => {}, back: () => void view.load() });

/** Nothing moves while it is read. */
function isUsed() {
  const main = byId("doctor");
  return document.hidden || main.matches(":hover") || main.contains(document.activeElement);
}

setInterval(() => isUsed() || void view.load(), REFRESH_MILLIS);
void view.load();
