// CSS class that sets a service's colour as `--c`.

import { ServiceColors } from "../model/service-colors.js";
import { el } from "./dom.js";

/** The colours of this page: on the trace page, those of the trace's services. */
const colors = new ServiceColors();

/**
 * @param {string} service
 * @returns {string} `c0`, `c1`, ..
 */
export function colorClass(service) {
  return service === "" ? "c-none" : `c${colors.of(service)}`;
}

/**
 * The classes of a trace's services on a page of many traces: as on its own page.
 * @param {import("../model/trace-list.js").TraceSummary} trace
 * @returns {(service: string) => string}
 */
export function colorClassesOf({ services }) {
  return colorClassesOfNames(services.map(({ name }) => name));
}

/**
 * The classes of the services of another trace than that of the page: as on its own page.
 * @param {readonly string[]} services
 * @returns {(service: string) => string}
 */
export function colorClassesOfNames(services) {
  const apart = new ServiceColors().keepApart(services);
  return (service) => (service === "" ? "c-none" : `c${apart.of(service)}`);
}

/**
 * Keeps the colours of services that are shown together apart.
 * @param {readonly string[]} services
 */
export function keepApart(services) {
  colors.keepApart(services);
}

/**
 * Service colours resolved for the current theme, for painting on a canvas.
 * @param {readonly string[]} services
 * @returns {string[]}
 */
export function resolvedColors(services) {
  const probe = el("span", { class: "off-screen", "aria-hidden": "true" });
  probe.style.setProperty("color", "var(--c)");
  document.body.append(probe);
  const resolved = services.map((service) => {
    probe.className = `off-screen ${colorClass(service)}`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}

/**
 * Resolves other theme colours.
 * @param {...string} names of custom properties
 * @returns {string[]}
 */
export function themeColors(...names) {
  const probe = el("span", { class: "off-screen", "aria-hidden": "true" });
  document.body.append(probe);
  const resolved = names.map((name) => {
    probe.style.setProperty("color", `var(${name})`);
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}
