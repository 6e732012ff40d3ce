// Graph of the trace's services and the calls between them.

import { formatDuration, formatShare, plural } from "../model/duration.js";
import { serviceGraph } from "../model/service-graph.js";
import { el } from "./dom.js";
import { drawServiceMap } from "./service-map.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

export class GraphView {
  /**
   * @param {TraceScreen} screen
   * @param {(service: string) => void} open
   */
  constructor(screen, open) {
    this.screen = screen;
    this.open = open;
    this.element = el("div", { class: "graph-view", tabindex: "0" });
  }

  show() {
    const { trace, self } = this.screen;
    const graph = serviceGraph(trace, self);
    const totalSelf = graph.nodes.reduce((sum, node) => sum + node.self, 0);
    drawServiceMap(this.element, graph, {
      name: ({ service }) => trace.services[service] ?? "",
      metrics: (node) =>
        `${plural(node.spans, "span")} · self ${formatDuration(node.self)} · ${formatShare(node.self, totalSelf)}`,
      share: (node) => (totalSelf > 0 ? node.self / totalSelf : 0),
      edge: (
        { calls, time, errors },
      ) => [
        `${plural(calls, "call")} · ${calls > 1 ? "avg " : ""}${formatDuration(time / calls)}`,
        ...(errors > 0 ? [plural(errors, "error")] : []),
      ],
      open: (service) => this.open(trace.services[service] ?? ""),
    });
  }
}
