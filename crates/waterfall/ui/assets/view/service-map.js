// Draws services and the calls between them: boxes in columns, arrows from caller to callee, and a table of the calls.

import { formatCount } from "../model/duration.js";
import { layoutMap, pathOf, pointOn } from "../model/map-layout.js";
import { isFailing } from "../model/service-graph.js";
import { NARROW_CHARS, ShortNames } from "../model/short-names.js";
import { callTable } from "./call-table.js";
import { el, fill, svg } from "./dom.js";
import { PanZoom } from "./pan-zoom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/service-graph.js").ServiceGraph} ServiceGraph */
/** @typedef {import("../model/service-graph.js").ServiceNode} ServiceNode */
/** @typedef {import("../model/service-graph.js").ServiceEdge} ServiceEdge */
/** @typedef {import("../model/map-layout.js").EdgeLayout} EdgeLayout */
/** @typedef {import("../model/map-layout.js").Box} Box */

/** More services are not drawn; the table lists their calls. */
const MAX_SHOWN = 60;
/** With more calls, their table is open from the start. */
const MAX_LABELLED = 14;

/**
 * @typedef {object} ServiceMapLabels
 * @property {(node: ServiceNode) => string} name
 * @property {(node: ServiceNode) => string} [kind] other than `service` for uninstrumented peers, which have no link
 * @property {(node: ServiceNode) => string} metrics
 * @property {(node: ServiceNode) => number} share of the whole, 0 to 1
 * @property {(node: ServiceNode) => boolean} [dimmed]
 * @property {(edge: ServiceEdge) => string[]} edge label lines
 * @property {(edge: ServiceEdge) => string} [tooltip] what the label has no room for
 * @property {readonly import("./call-table.js").CallColumn[]} [columns] of the table; by default the label
 * @property {(service: number) => void} open
 */

export class ServiceMap {
  /** @param {string} label accessible name */
  constructor(label) {
    this.panZoom = new PanZoom(label);
    this.note = el("p", { class: "muted graph-note", hidden: true });
    this.calls = el("details", { class: "graph-calls" });
    this.element = el("div", { class: "service-map" }, this.panZoom.element, this.note, this.calls);
    /** Whether the table was opened or closed already. */
    this.drawn = false;
  }

  /**
   * @param {ServiceGraph} graph
   * @param {ServiceMapLabels} labels
   */
  show(graph, labels) {
    const tooMany = graph.nodes.length > MAX_SHOWN;
    this.panZoom.element.hidden = tooMany;
    this.note.hidden = !tooMany;
    this.note.textContent = `${
      formatCount(graph.nodes.length)
    } services are too many to draw. The table has their calls.`;
    if (!this.drawn) this.calls.open = tooMany || graph.edges.length > MAX_LABELLED;
    this.drawn = true;
    this.calls.hidden = graph.edges.length === 0;
    const names = graph.nodes.map(labels.name);
    const short = new ShortNames([], names, NARROW_CHARS);
    const nameOf = new Map(graph.nodes.map(({ service }, at) => [service, names[at] ?? ""]));
    const both = (/** @type {number} */ service) => {
      const name = nameOf.get(service) ?? "";
      return { name, short: short.service(name) };
    };
    const columns = labels.columns ?? [{
      head: "Calls",
      cell: (edge) => ({ text: labels.edge(edge).join(", "), failed: isFailing(edge) }),
    }];
    fill(
      this.calls,
      el("summary", {}, `Table of calls (${formatCount(graph.edges.length)})`),
      callTable(graph.edges, both, columns),
    );
    if (!tooMany) this.#draw(graph, labels, short);
  }

  /**
   * @param {ServiceGraph} graph
   * @param {ServiceMapLabels} labels
   * @param {ShortNames} short
   */
  #draw(graph, labels, short) {
    const layout = layoutMap(graph, labels.edge);
    const { width, height, edges, boxes } = layout;
    const canvas = el("div", { class: "graph-canvas" });
    canvas.append(
      svg(
        "svg",
        { class: "graph-edges", width: String(width), height: String(height), "aria-hidden": "true" },
        arrowHead(),
        ...edges.map(edgePath),
      ),
      ...graph.nodes.map((node) => nodeBox(canvas, node, boxes.get(node.service), labels, short)),
      ...edges.map((edge) => edgeLabel(edge, labels)),
      ...edges.flatMap((edge) => edgeMark(edge, labels)),
    );
    canvas.style.setProperty("width", `${width}px`);
    canvas.style.setProperty("height", `${height}px`);
    this.panZoom.show(canvas, layout);
  }
}

/**
 * @param {HTMLElement} canvas
 * @param {ServiceNode} node
 * @param {Box | undefined} box
 * @param {ServiceMapLabels} labels
 * @param {ShortNames} short
 */
function nodeBox(canvas, node, box, labels, short) {
  const service = labels.name(node);
  const bar = el("i");
  bar.style.setProperty("width", `${labels.share(node) * 100}%`);
  const traced = (labels.kind?.(node) ?? "service") === "service";
  const dimmed = labels.dimmed?.(node) ? " dimmed" : "";
  const content = [
    el(
      "span",
      { class: "graph-name" },
      el("span", { class: "chip-name" }, short.service(service)),
      node.errors > 0
        ? el("span", { class: "badge error", title: "Spans with errors" }, formatCount(node.errors))
        : null,
    ),
    el("span", { class: "graph-metrics" }, labels.metrics(node)),
  ];
  const button = traced
    ? el(
      "button",
      { type: "button", class: `graph-node ${colorClass(service)}${dimmed}`, title: `Show spans of ${service}` },
      ...content,
      el("span", { class: "graph-bar" }, bar),
    )
    : el("div", { class: `graph-node c-none peer${dimmed}`, title: service }, ...content);
  button.style.setProperty("transform", `translate(${box?.x ?? 0}px, ${box?.y ?? 0}px)`);
  if (traced) button.addEventListener("click", () => labels.open(node.service));
  for (const event of ["pointerenter", "focus"]) {
    button.addEventListener(event, () => markCalls(canvas, node.service, true));
  }
  for (const event of ["pointerleave", "blur"]) {
    button.addEventListener(event, () => markCalls(canvas, node.service, false));
  }
  return button;
}

/**
 * Highlights the calls of one service.
 * @param {HTMLElement} canvas
 * @param {number} service
 * @param {boolean} on
 */
function markCalls(canvas, service, on) {
  canvas.classList.toggle("marking", on);
  for (const part of canvas.querySelectorAll("[data-edge]")) {
    const ends = part.getAttribute("data-edge")?.split(" ") ?? [];
    part.classList.toggle("marked", on && ends.includes(String(service)));
  }
}

function arrowHead() {
  return svg(
    "defs",
    {},
    svg("marker", {
      id: "arrow",
      viewBox: "0 0 8 8",
      refX: "7",
      refY: "4",
      markerWidth: "9",
      markerHeight: "9",
      markerUnits: "userSpaceOnUse",
      orient: "auto-start-reverse",
    }, svg("path", { d: "M0 0.5L7.5 4L0 7.5z", class: "arrow-head" })),
  );
}

/** @param {EdgeLayout} layout */
function edgePath({ edge, line }) {
  const path = svg("path", {
    class: isFailing(edge) ? "graph-edge failed" : "graph-edge",
    "data-edge": `${edge.from} ${edge.to}`,
    d: pathOf(line),
    "marker-end": "url(#arrow)",
  });
  path.style.setProperty("stroke-width", String(Math.min(3.5, 1.2 + Math.log10(Math.max(1, edge.calls)) / 2)));
  return path;
}

/**
 * @param {EdgeLayout} layout
 * @param {ServiceMapLabels} labels
 */
function edgeLabel({ edge, line, label }, labels) {
  const { x, y } = label ? { x: label.x + label.width / 2, y: label.y + label.height / 2 } : pointOn(line, 0.5);
  const element = el("span", {
    // Without room, a label only appears while its service is pointed at.
    class: `graph-label${isFailing(edge) ? " failed" : ""}${label ? "" : " no-room"}`,
    "data-edge": `${edge.from} ${edge.to}`,
    title: labels.tooltip?.(edge) ?? null,
  }, ...labels.edge(edge).map((line) => el("span", {}, line)));
  element.style.setProperty("transform", `translate(${x}px, ${y}px) translate(-50%, -50%)`);
  return element;
}

/**
 * The mark of a failing call whose label finds no room.
 * @param {EdgeLayout} layout
 * @param {ServiceMapLabels} labels
 */
function edgeMark({ edge, mark }, labels) {
  if (mark === null) return [];
  const title = [...labels.edge(edge), labels.tooltip?.(edge) ?? ""].filter(Boolean).join("\n");
  const element = el("span", { class: "graph-mark", "data-edge": `${edge.from} ${edge.to}`, title }, "!");
  element.style.setProperty("transform", `translate(${mark.x}px, ${mark.y}px)`);
  return [element];
}
