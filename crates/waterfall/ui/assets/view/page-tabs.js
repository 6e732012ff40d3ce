// The tabs of the start page, Traces and Services, each with a URL of its own.

import { byId } from "./dom.js";

export class PageTabs {
  /** @param {(services: boolean) => void} switched */
  constructor(switched) {
    this.switched = switched;
    this.onServices = PageTabs.#fromAddress();
    addEventListener("popstate", () => this.switchTo(PageTabs.#fromAddress()));
    this.#link("tab-traces", false);
    this.#link("tab-services", true);
  }

  static #fromAddress() {
    return new URLSearchParams(location.search).get("view") === "services";
  }

  /**
   * @param {string} id
   * @param {boolean} services
   */
  #link(id, services) {
    byId(id).addEventListener("click", (event) => {
      // With a modifier the browser opens a new tab or window.
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.visit(services);
    });
  }

  /** @param {boolean} services whether to show the services instead of the traces */
  switchTo(services) {
    this.onServices = services;
    byId("trace-list").hidden = services;
    byId("services-page").hidden = !services;
    this.#mark("tab-traces", !services);
    this.#mark("tab-services", services);
    byId("skip").setAttribute("href", services ? "#services-page" : "#traces");
    byId("skip").textContent = services ? "Skip to services" : "Skip to trace list";
    document.title = `${services ? "Services" : "Traces"} · waterfall`;
    this.switched(services);
  }

  /**
   * @param {string} id
   * @param {boolean} current
   */
  #mark(id, current) {
    if (current) byId(id).setAttribute("aria-current", "page");
    else byId(id).removeAttribute("aria-current");
  }

  /**
   * Switches, with an entry in the browser's history.
   * @param {boolean} services
   */
  visit(services) {
    if (services === this.onServices) return;
    this.switchTo(services);
    history.pushState(null, "", services ? "?view=services" : location.pathname);
  }
}
