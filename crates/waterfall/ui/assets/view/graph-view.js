// Graph of the trace's services and the calls between them.

import { callLabel, callSides } from "../model/call-label.js";
import { formatCount, formatDuration, plural } from "../model/duration.js";
import { isFailing, tellingSpan } from "../model/service-calls.js";
import { serviceGraph } from "../model/service-graph.js";
import { ServiceMap } from "./service-map.js";
import { formatShare, shareOfSelfTime, totalSelfTime } from "../model/share.js";

/** @typedef {import("../model/trace-screen.js").TraceScreen} TraceScreen */

/** @type {readonly import("./call-table.js").CallColumn[]} */
const CALL_COLUMNS = [
  { head: "Calls", isText: true, cell: (edge) => ({ text: callLabel(edge).join(", "), failed: isFailing(edge) }) },
  { head: "As each side measured them", isText: true, cell: (edge) => ({ text: callSides(edge).join("; ") }) },
];

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
    /**
     * What is drawn.
     * @type {readonly unknown[]}
     */
    this.drawn = [];
  }

  /** Draws the graph again only if it is another one: what is pointed at or focused stays. */
  show() {
    const { trace, self, search } = this.screen;
    const drawn = [trace, self, search.found, this.element.clientWidth];
    if (drawn.every((part, at) => part === this.drawn[at])) return;
    this.drawn = drawn;
    const graph = serviceGraph(trace, self);
    const totalSelf = totalSelfTime(trace, self);
    const { found } = search;
    const services = found && new Set(trace.service.filter((_, row) => found[row] === 1));
    this.map.show(graph, {
      name: ({ service }) => graph.peers[service]?.name ?? "",
      kind: ({ service }) => graph.peers[service]?.kind ?? "",
      metrics: ({ service, spans, self: own }) =>
        spans === 0
          ? `${graph.peers[service]?.kind} (no span in this trace)`
          : `${plural(spans, "span")} · self ${formatDuration(own)}, ${formatShare(own, totalSelf)}`,
      tip: ({ spans, self: own }) => spans === 0 ? "" : shareOfSelfTime(own, totalSelf),
      share: (node) => (totalSelf > 0 ? node.self / totalSelf : 0),
      dimmed: ({ service }) => services !== null && !services.has(service),
      edge: callLabel,
      tooltip: (edge) => callSides(edge).join("\n"),
      columns: CALL_COLUMNS,
      open: ({ service, spans }) => ({
        text: `Show ${spans === 1 ? "its span" : `its ${formatCount(spans)} spans`} in the waterfall`,
        run: () => this.find(trace.services[service] ?? ""),
      }),
      openCalls: (edge) => {
        const row = tellingSpan(trace, edge);
        return { text: `Open ${callText(trace, row, edge)}`, run: () => this.open(row) };
      },
    });
  }
}

/**
 * @param {import("../model/trace.js").Trace} trace
 * @param {number} row
 * @param {import("../model/service-calls.js").ServiceEdge} edge
 */
function callText(trace, row, { calls, errors }) {
  if (trace.isError(row)) return errors > 1 ? "the first failed call" : "the failed call";
  return calls > 1 ? "the longest call" : "the call";
}
