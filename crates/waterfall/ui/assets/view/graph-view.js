// Graph of the trace's services and the calls between them.

import { callLabel } from "../model/call-label.js";
import { formatDuration, formatShare, plural } from "../model/duration.js";
import { totalSelfTime } from "../model/self-share.js";
import { serviceGraph } from "../model/service-graph.js";
import { ServiceMap } from "./service-map.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

export class GraphView {
  /**
   * @param {TraceScreen} screen
   * @param {(service: string) => void} open
   */
  constructor(screen, open) {
    this.screen = screen;
    this.open = open;
    this.map = new ServiceMap("Graph of services");
    this.element = this.map.element;
    this.element.classList.add("graph-view");
  }

  show() {
    const { trace, self, search } = this.screen;
    const graph = serviceGraph(trace, self);
    const totalSelf = totalSelfTime(trace, self);
    const { found } = search;
    const services = found && new Set(trace.service.filter((_, row) => found[row] === 1));
    this.map.show(graph, {
      name: ({ service }) => trace.services[service] ?? "",
      metrics: ({ spans, self: own }) =>
        `${plural(spans, "span")} · self ${formatDuration(own)}, ${formatShare(own, totalSelf)} of all`,
      share: (node) => (totalSelf > 0 ? node.self / totalSelf : 0),
      dimmed: ({ service }) => services !== null && !services.has(service),
      edge: callLabel,
      open: (service) => this.open(trace.services[service] ?? ""),
    });
  }
}
