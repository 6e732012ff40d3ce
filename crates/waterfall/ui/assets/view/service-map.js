// Draws services and the calls between them: boxes in columns, arrows from caller to callee.

import { formatCount } from "../model/duration.js";
import { el, fill, svg } from "./dom.js";
import { colorClass } from "./service-color.js";

/** @typedef {import("../model/service-graph.js").ServiceGraph} ServiceGraph */
/** @typedef {import("../model/service-graph.js").ServiceNode} ServiceNode */
/** @typedef {import("../model/service-graph.js").ServiceEdge} ServiceEdge */

const NODE_WIDTH = 196;
const NODE_HEIGHT = 64;
const COLUMN_PX = 340;
const LINE_PX = 104;
const MARGIN = 28;
const SAG_PX = 84;
/** Clearance between a box and a passing line. */
const CLEAR_PX = 10;
/** Maximum sag of a line. */
const MAX_SAG_PX = 900;
/** Number of points at which a line is tested against the boxes. */
const PLACES = 32;
/** Sag of a curve as a share of that of its control points. */
const SAG_SHARE = 0.75;
/** More services are not drawn; the table lists them. */
const MAX_SHOWN = 40;
/** With more calls, only those of the hovered service are labelled. */
const MAX_LABELLED = 14;

/**
 * @typedef {object} ServiceMapLabels
 * @property {(node: ServiceNode) => string} name
 * @property {(node: ServiceNode) => string} [kind] other than `service` for uninstrumented peers, which have no link
 * @property {(node: ServiceNode) => string} metrics
 * @property {(node: ServiceNode) => number} share of the whole, 0 to 1
 * @property {(edge: ServiceEdge) => string[]} edge label lines
 * @property {(service: number) => void} open
 */

/**
 * @param {HTMLElement} element
 * @param {ServiceGraph} graph
 * @param {ServiceMapLabels} labels
 */
export function drawServiceMap(element, graph, labels) {
  if (graph.nodes.length > MAX_SHOWN) {
    fill(
      element,
      el(
        "p",
        { class: "muted graph-note" },
        `Too many services to draw (${graph.nodes.length}). See the table.`,
      ),
    );
    return;
  }
  const counts = new Map();
  for (const { column } of graph.nodes) counts.set(column, (counts.get(column) ?? 0) + 1);
  /** @param {ServiceNode} node */
  const at = (node) => ({
    x: MARGIN + node.column * COLUMN_PX,
    y: MARGIN + (node.line + (graph.lines - (counts.get(node.column) ?? 0)) / 2) * LINE_PX,
  });
  const places = new Map(graph.nodes.map((node) => [node.service, at(node)]));
  const width = MARGIN * 2 + (graph.columns - 1) * COLUMN_PX + NODE_WIDTH;
  const lowest = graph.edges.map((edge) => edgeLine(edge, places)).reduce(
    (y, line) => Math.max(y, line ? middleOf(line) : 0),
    0,
  );
  const height = MARGIN + Math.max(MARGIN + (graph.lines - 1) * LINE_PX + NODE_HEIGHT, lowest + NODE_HEIGHT / 2);
  const picture = svg(
    "svg",
    { class: "graph-edges", width: String(width), height: String(height), "aria-hidden": "true" },
    arrowHead(),
    ...graph.edges.flatMap((edge) => edgePath(edge, places)),
  );
  const canvas = el(
    "div",
    { class: graph.edges.length > MAX_LABELLED ? "graph-canvas crowded" : "graph-canvas" },
    ...graph.edges.map((edge) => edgeLabel(edge, places, labels)),
  );
  canvas.append(
    ...graph.nodes.map((node) => nodeBox(canvas, node, places.get(node.service) ?? { x: 0, y: 0 }, labels)),
  );
  canvas.prepend(picture);
  canvas.style.setProperty("width", `${width}px`);
  canvas.style.setProperty("height", `${height}px`);
  fill(element, canvas);
}

/**
 * @param {HTMLElement} canvas
 * @param {ServiceNode} node
 * @param {{ x: number, y: number }} place
 * @param {ServiceMapLabels} labels
 */
function nodeBox(canvas, node, { x, y }, labels) {
  const service = labels.name(node);
  const bar = el("i");
  bar.style.setProperty("width", `${labels.share(node) * 100}%`);
  const traced = (labels.kind?.(node) ?? "service") === "service";
  const content = [
    el(
      "span",
      { class: "graph-name" },
      el("span", { class: "chip-name" }, service),
      node.errors > 0
        ? el("span", { class: "badge error", title: "Spans with errors" }, formatCount(node.errors))
        : null,
    ),
    el("span", { class: "graph-metrics" }, labels.metrics(node)),
  ];
  const button = traced
    ? el(
      "button",
      { type: "button", class: `graph-node ${colorClass(service)}`, title: `Show spans of ${service}` },
      ...content,
      el("span", { class: "graph-bar" }, bar),
    )
    : el("div", { class: "graph-node c-none peer" }, ...content);
  button.style.setProperty("transform", `translate(${x}px, ${y}px)`);
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

/**
 * @param {ServiceEdge} edge
 * @param {Map<number, { x: number, y: number }>} places
 */
function edgePath(edge, places) {
  const line = edgeLine(edge, places);
  if (!line) return [];
  const { x1, y1, x2, y2, bend, back = bend, sag = 0 } = line;
  const path = svg("path", {
    class: edge.errors > 0 ? "graph-edge failed" : "graph-edge",
    "data-edge": `${edge.from} ${edge.to}`,
    d: `M${x1} ${y1}C${x1 + bend} ${y1 + sag} ${x2 - back} ${y2 + sag} ${x2} ${y2}`,
    "marker-end": "url(#arrow)",
  });
  path.style.setProperty("stroke-width", String(Math.min(3.5, 1.2 + Math.log10(edge.calls) / 2)));
  return [path];
}

/**
 * @param {ServiceEdge} edge
 * @param {Map<number, { x: number, y: number }>} places
 * @param {ServiceMapLabels} labels
 */
function edgeLabel(edge, places, labels) {
  const line = edgeLine(edge, places);
  const label = el("span", {
    class: edge.errors > 0 ? "graph-label failed" : "graph-label",
    "data-edge": `${edge.from} ${edge.to}`,
  }, ...labels.edge(edge).map((line) => el("span", {}, line)));
  if (line) {
    label.style.setProperty(
      "transform",
      `translate(${(line.x1 + line.x2) / 2}px, ${middleOf(line)}px) translate(-50%, -50%)`,
    );
  }
  return label;
}

/**
 * Y of a line's middle.
 * @param {{ y1: number, y2: number, sag?: number }} line
 */
function middleOf({ y1, y2, sag = 0 }) {
  return (y1 + y2) / 2 + SAG_SHARE * sag;
}

/**
 * From the right side of the caller to the left side of the callee; a back edge runs below the boxes.
 * @param {ServiceEdge} edge
 * @param {Map<number, { x: number, y: number }>} places
 * @returns {{ x1: number, y1: number, x2: number, y2: number, bend: number, back?: number, sag?: number } | null}
 */
function edgeLine(edge, places) {
  const from = places.get(edge.from);
  const to = places.get(edge.to);
  if (!from || !to) return null;
  const middle = NODE_HEIGHT / 2;
  const columns = Math.round((to.x - from.x) / COLUMN_PX);
  if (to.x > from.x) {
    const line = {
      x1: from.x + NODE_WIDTH,
      y1: from.y + middle,
      x2: to.x,
      y2: to.y + middle,
      bend: Math.min(220, (to.x - from.x - NODE_WIDTH) / 2),
    };
    // Passes below the boxes of the columns between.
    const between = [...places.values()].filter(({ x }) => x > from.x && x < to.x);
    return { ...line, sag: columns > 1 ? sagBeneath(line, between) : 0 };
  }
  if (to.x === from.x) {
    return {
      x1: from.x + NODE_WIDTH,
      y1: from.y + middle + 8,
      x2: to.x + NODE_WIDTH,
      y2: to.y + middle - 8,
      bend: 46,
      back: -46,
    };
  }
  return {
    x1: from.x,
    y1: from.y + middle + 12,
    x2: to.x + NODE_WIDTH,
    y2: to.y + middle + 12,
    bend: -(from.x - to.x - NODE_WIDTH) / 2,
  };
}

/**
 * Smallest sag at which a line touches none of the boxes.
 * @param {{ x1: number, y1: number, x2: number, y2: number, bend: number }} line
 * @param {{ x: number, y: number }[]} boxes
 */
function sagBeneath({ x1, y1, x2, y2, bend }, boxes) {
  let sag = SAG_PX;
  const touches = (/** @type {{ x: number, y: number }} */ box) => {
    for (let place = 1; place < PLACES; place += 1) {
      const part = place / PLACES;
      const x = onCurve(part, x1, x1 + bend, x2 - bend, x2) - box.x;
      const y = onCurve(part, y1, y1 + sag, y2 + sag, y2) - box.y;
      if (x > -CLEAR_PX && x < NODE_WIDTH + CLEAR_PX && y > -CLEAR_PX && y < NODE_HEIGHT + CLEAR_PX) return true;
    }
    return false;
  };
  while (sag < MAX_SAG_PX && boxes.some(touches)) sag += CLEAR_PX;
  return sag;
}

/**
 * Coordinate of a point on a cubic Bézier curve.
 * @param {number} part curve parameter, 0 to 1
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function onCurve(part, a, b, c, d) {
  const rest = 1 - part;
  return rest * rest * rest * a + 3 * rest * rest * part * b + 3 * rest * part * part * c + part * part * part * d;
}
