// Graph of the trace's services and the calls between them.

import { callLabel } from "../model/call-label.js";
import { formatCount, formatDuration, formatShare, plural } from "../model/duration.js";
import { totalSelfTime } from "../model/self-share.js";
import { serviceGraph, tellingCall } from "../model/service-graph.js";
import { ServiceMap } from "./service-map.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

export class GraphView {
  /**
   * @param {TraceScreen} screen
   * @param {(service: string) => void} find shows the spans of a service in the waterfall
   * @param {(row: number) => void} open opens the details of a span
   */
  constructor(screen, find, open) {
    this.screen = screen;
    this.find = find;
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
      open: ({ service, spans }) => ({
        text: `Show ${spans === 1 ? "its span" : `its ${formatCount(spans)} spans`} in the waterfall`,
        run: () => this.find(trace.services[service] ?? ""),
      }),
      openCalls: (edge) => {
        const row = tellingCall(trace, edge);
        return { text: `Open ${callText(trace, row, edge)}`, run: () => this.open(row) };
      },
    });
  }
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {import("../model/service-graph.js").ServiceEdge} edge
 */
function callText(trace, row, { calls, errors }) {
  if (trace.isError(row)) return errors > 1 ? "the first failed call" : "the failed call";
  return calls > 1 ? "the longest call" : "the call";
}
