// The link from a trace to its page in Honeycomb, shown if the server knows the team.

import { honeycombLink } from "../model/honeycomb-link.js";
import { getStatus } from "../net/api.js";

export class HoneycombLink {
  /** @param {HTMLElement} element a link that is hidden */
  constructor(element) {
    this.element = element;
    /** @type {Promise<unknown> | null} requested once: a server's configuration does not change */
    this.status = null;
  }

  /** @param {import("../model/trace.js").Trace} trace */
  async show(trace) {
    // Without a status there is no link; the trace itself says when the server is gone.
    this.status ??= getStatus().catch(() => null);
    const link = honeycombLink(await this.status, trace, trace.serviceOf(trace.root));
    this.element.hidden = link === null;
    if (link !== null) this.element.setAttribute("href", link);
  }
}
