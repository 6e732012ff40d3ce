// Draws services and the calls between them: boxes in columns, arrows from caller to callee, and a table of the calls.

import { formatCount } from "../model/duration.js";
import { errorsText } from "../model/error-outcome.js";
import { layoutMap, pathOf, pointOn } from "../model/map-layout.js";
import { isFailing } from "../model/service-calls.js";
import { NARROW_CHARS, ShortNames } from "../model/short-names.js";
import { callTable } from "./call-table.js";
import { MapCard } from "./map-card.js";
import { el, fill, keepFocus, svg } from "./dom.js";
import { errorBadges } from "./error-mark.js";
import { PanZoom } from "./pan-zoom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/service-columns.js").ServiceGraph} ServiceGraph */
/** @typedef {import("../model/service-columns.js").ServiceNode} ServiceNode */
/** @typedef {import("../model/service-calls.js").ServiceEdge} ServiceEdge */
/** @typedef {import("../model/map-layout.js").EdgeLayout} EdgeLayout */
/** @typedef {import("../model/map-layout.js").Box} Box */
/** @typedef {import("./map-card.js").CardAction} CardAction */

/** More services are not drawn; the table lists their calls. */
const MAX_SHOWN = 60;
/** With more calls, their table is open from the start. */
const MAX_LABELLED = 14;
/** In a narrower window, calls lead down rather than to the right. */
const DOWN_PX = 640;

/**
 * @typedef {object} ServiceMapLabels
 * @property {(node: ServiceNode) => string} name
 * @property {(node: ServiceNode) => string} [kind] other than `service` for uninstrumented peers, which have no link
 * @property {(node: ServiceNode) => string} metrics
 * @property {(node: ServiceNode) => string} [tip] what the metrics have no room for
 * @property {(node: ServiceNode) => number} share of the whole, 0 to 1
 * @property {(node: ServiceNode) => boolean} [dimmed]
 * @property {(edge: ServiceEdge) => string[]} edge label lines
 * @property {(edge: ServiceEdge) => string} [tooltip] what the label has no room for
 * @property {readonly import("./call-table.js").CallColumn[]} columns of the table
 * @property {(service: ServiceNode) => CardAction} open what the card of a service offers
 * @property {(edge: ServiceEdge) => CardAction | null} [openCalls] what the card of a call offers
 */

export class ServiceMap {
  /** @param {string} label accessible name */
  constructor(label) {
    this.panZoom = new PanZoom(label);
    this.note = el("p", { class: "muted graph-note", hidden: true });
    this.calls = el("details", { class: "graph-calls" });
    this.card = new MapCard();
    this.panZoom.element.append(this.card.element);
    this.element = el("div", { class: "service-map" }, this.panZoom.element, this.note, this.calls);
    this.panZoom.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.card.element.hidden) return;
      event.stopPropagation();
      this.card.close();
    });
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
    keepFocus(this.element, () => {
      fill(
        this.calls,
        el("summary", {}, `Table of calls (${formatCount(graph.edges.length)})`),
        callTable(graph.edges, both, labels.columns),
      );
      if (!tooMany) this.#draw(graph, labels, short);
    });
  }

  /**
   * @param {ServiceGraph} graph
   * @param {ServiceMapLabels} labels
   * @param {ShortNames} short
   */
  #draw(graph, labels, short) {
    const { clientWidth } = this.panZoom.window;
    const layout = layoutMap(graph, labels.edge, clientWidth > 0 && clientWidth < DOWN_PX);
    const { width, height, edges, boxes } = layout;
    const canvas = el("div", { class: "graph-canvas" });
    const nameOf = new Map(graph.nodes.map((node) => [node.service, labels.name(node)]));
    const select = (/** @type {ServiceEdge} */ edge) => {
      const [from, to] = [edge.from, edge.to].map((service) => nameOf.get(service) ?? "");
      this.card.show(`${short.service(from)} → ${short.service(to)}`, {
        title: `${from} → ${to}`,
        colorClass: colorClass(to),
        lines: [...labels.edge(edge), ...(labels.tooltip?.(edge) ?? "").split("\n").filter(Boolean)],
        action: labels.openCalls?.(edge) ?? null,
      });
    };
    const selectNode = (/** @type {ServiceNode} */ node) => {
      const name = labels.name(node);
      const traced = isTraced(node, labels);
      this.card.show(short.service(name), {
        title: name,
        colorClass: traced ? colorClass(name) : "c-none",
        lines: [
          labels.metrics(node),
          ...[labels.tip?.(node) ?? ""].filter(Boolean),
          ...(node.errors > 0 ? [errorsText(node)] : []),
        ],
        action: traced ? labels.open(node) : null,
      });
    };
    canvas.append(
      svg(
        "svg",
        { class: "graph-edges", width: String(width), height: String(height), "aria-hidden": "true" },
        arrowHead(),
        ...edges.flatMap((edge) => [edgePath(edge), edgeTarget(canvas, edge, select)]),
      ),
      ...graph.nodes.map((node) =>
        nodeBox(canvas, node, boxes.get(node.service), { labels, short, select: selectNode })
      ),
      ...edges.map((edge) => edgeLabel(canvas, edge, labels, select)),
      ...edges.flatMap((edge) => edgeMark(canvas, edge, labels, select)),
    );
    canvas.style.setProperty("width", `${width}px`);
    canvas.style.setProperty("height", `${height}px`);
    this.panZoom.show(canvas, layout);
  }
}

/**
 * @param {ServiceNode} node
 * @param {ServiceMapLabels} labels
 */
function isTraced(node, labels) {
  return (labels.kind?.(node) ?? "service") === "service";
}

/**
 * @param {HTMLElement} canvas
 * @param {ServiceNode} node
 * @param {Box | undefined} box
 * @param {{ labels: ServiceMapLabels, short: ShortNames, select: (node: ServiceNode) => void }} of
 */
function nodeBox(canvas, node, box, { labels, short, select }) {
  const service = labels.name(node);
  const bar = el("i");
  bar.style.setProperty("width", `${labels.share(node) * 100}%`);
  const traced = isTraced(node, labels);
  const metrics = labels.metrics(node);
  const button = el(
    "button",
    {
      type: "button",
      class: `graph-node ${traced ? colorClass(service) : "c-none peer"}${labels.dimmed?.(node) ? " dimmed" : ""}`,
      title: [service, metrics, labels.tip?.(node)].filter(Boolean).join("\n"),
    },
    el(
      "span",
      { class: "graph-name" },
      el("span", { class: "chip-name" }, short.service(service)),
      ...errorBadges(node),
    ),
    el("span", { class: "graph-metrics" }, metrics),
    traced ? el("span", { class: "graph-bar" }, bar) : null,
  );
  button.style.setProperty("transform", `translate(${box?.x ?? 0}px, ${box?.y ?? 0}px)`);
  button.addEventListener("click", () => select(node));
  markWhile(button, canvas, (ends) => ends.includes(String(node.service)));
  return button;
}

/**
 * Highlights calls while an element is pointed at or focused.
 * @param {Element} element
 * @param {HTMLElement} canvas
 * @param {(ends: string[]) => boolean} isMarked
 */
function markWhile(element, canvas, isMarked) {
  // A shape that listens to its focus would be a stop of the Tab key: the call's label is one already.
  const isStop = element instanceof HTMLElement;
  for (const event of isStop ? ["pointerenter", "focus"] : ["pointerenter"]) {
    element.addEventListener(event, () => markCalls(canvas, isMarked, true));
  }
  for (const event of isStop ? ["pointerleave", "blur"] : ["pointerleave"]) {
    element.addEventListener(event, () => markCalls(canvas, isMarked, false));
  }
}

/**
 * Highlights the chosen calls.
 * @param {HTMLElement} canvas
 * @param {(ends: string[]) => boolean} isMarked
 * @param {boolean} on
 */
function markCalls(canvas, isMarked, on) {
  canvas.classList.toggle("marking", on);
  for (const part of canvas.querySelectorAll("[data-edge]")) {
    part.classList.toggle("marked", on && isMarked(part.getAttribute("data-edge")?.split(" ") ?? []));
  }
}

/**
 * Makes an element stand for a call: it marks the call while pointed at, and selects it when clicked.
 * @param {Element} element
 * @param {HTMLElement} canvas
 * @param {ServiceEdge} edge
 * @param {(edge: ServiceEdge) => void} select
 */
function standFor(element, canvas, edge, select) {
  markWhile(element, canvas, ([from, to]) => from === String(edge.from) && to === String(edge.to));
  element.addEventListener("click", () => select(edge));
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
 * A wide, invisible line over the drawn one, which a pointer hits.
 * @param {HTMLElement} canvas
 * @param {EdgeLayout} layout
 * @param {(edge: ServiceEdge) => void} select
 */
function edgeTarget(canvas, { edge, line }, select) {
  const path = svg("path", { class: "edge-target", d: pathOf(line) });
  standFor(path, canvas, edge, select);
  return path;
}

/**
 * @param {HTMLElement} canvas
 * @param {EdgeLayout} layout
 * @param {ServiceMapLabels} labels
 * @param {(edge: ServiceEdge) => void} select
 */
function edgeLabel(canvas, { edge, line, label }, labels, select) {
  const { x, y } = label ? { x: label.x + label.width / 2, y: label.y + label.height / 2 } : pointOn(line, 0.5);
  const element = el("button", {
    type: "button",
    // Without room, a label only appears while its service is pointed at.
    class: `graph-label${isFailing(edge) ? " failed" : ""}${label ? "" : " no-room"}`,
    "data-edge": `${edge.from} ${edge.to}`,
    title: labels.tooltip?.(edge) ?? null,
  }, ...labels.edge(edge).map((line) => el("span", {}, line)));
  element.style.setProperty("transform", `translate(${x}px, ${y}px) translate(-50%, -50%)`);
  standFor(element, canvas, edge, select);
  return element;
}

/**
 * The mark of calls with errors, or that were given up, whose label finds no room.
 * @param {HTMLElement} canvas
 * @param {EdgeLayout} layout
 * @param {ServiceMapLabels} labels
 * @param {(edge: ServiceEdge) => void} select
 */
function edgeMark(canvas, { edge, mark }, labels, select) {
  if (mark === null) return [];
  const title = [...labels.edge(edge), labels.tooltip?.(edge) ?? ""].filter(Boolean).join("\n");
  const style = isFailing(edge) ? "graph-mark" : "graph-mark unreached";
  const attributes = { type: "button", class: style, "data-edge": `${edge.from} ${edge.to}`, title };
  const element = el("button", attributes, "!");
  standFor(element, canvas, edge, select);
  element.style.setProperty("transform", `translate(${mark.x}px, ${mark.y}px)`);
  return [element];
}
