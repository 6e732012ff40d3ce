// Geometry of a map of services: boxes in columns, lines between them, and labels that cover neither boxes nor one
// another. A failing call without room for its label has a mark. Lengths are pixels at full size.

import { isFailing } from "./service-graph.js";

/** @typedef {import("./service-graph.js").ServiceGraph} ServiceGraph */
/** @typedef {import("./service-graph.js").ServiceNode} ServiceNode */
/** @typedef {import("./service-graph.js").ServiceEdge} ServiceEdge */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/**
 * A cubic Bézier curve, given by its ends and the offsets of its control points.
 * @typedef {{ x1: number, y1: number, x2: number, y2: number, bend: number, back: number, sag: number }} Line
 */
/**
 * @typedef {object} EdgeLayout
 * @property {ServiceEdge} edge
 * @property {Line} line
 * @property {Box | null} label null where there is no room for it
 * @property {Box | null} mark of a failing call without a label
 */
/**
 * @typedef {object} MapLayout
 * @property {Map<number, Box>} boxes by service
 * @property {EdgeLayout[]} edges
 * @property {number} width
 * @property {number} height
 */

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 64;
const COLUMN_PX = 400;
const LINE_PX = 104;
const MARGIN = 28;
const SAG_PX = 84;
/** Sag of a call back, so that its label has room below that of the call there. */
const BACK_SAG_PX = 60;
/** Clearance between a box and a passing line. */
const CLEAR_PX = 10;
/** Maximum sag of a line. */
const MAX_SAG_PX = 900;
/** Number of points at which a line is tested against the boxes. */
const PLACES = 32;
/** Width of a character of a label, and height of a line; generous, so that drawn labels are never larger. */
const LABEL_CHAR_PX = 6.6;
const LABEL_LINE_PX = 15;
const LABEL_PADDING_PX = 18;
const LABEL_GAP_PX = 3;
/** Width and height of the mark of a failing call. */
export const MARK_PX = 18;
/** Where along its line a label may be: the middle first. */
const LABEL_PLACES = [0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78];
/** How far a label may be off its line, which it still touches. */
const LABEL_SHIFTS_PX = [0, 16, -16];

/**
 * @param {ServiceGraph} graph
 * @param {(edge: ServiceEdge) => readonly string[]} textOf lines of an edge's label
 * @returns {MapLayout}
 */
export function layoutMap(graph, textOf) {
  const counts = new Map();
  for (const { column } of graph.nodes) counts.set(column, (counts.get(column) ?? 0) + 1);
  /** @type {Map<number, Box>} */
  const boxes = new Map(graph.nodes.map(({ service, column, line }) => [service, {
    x: MARGIN + column * COLUMN_PX,
    y: MARGIN + (line + (graph.lines - (counts.get(column) ?? 0)) / 2) * LINE_PX,
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
  }]));
  const all = [...boxes.values()];
  const lines = graph.edges.flatMap((edge) => {
    const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
    return from && to ? [{ edge, line: lineBetween(from, to, all) }] : [];
  });
  const edges = placeLabels(lines, all, textOf);
  const lowest = lines.reduce((y, { line }) => Math.max(y, pointOn(line, 0.5).y), 0);
  return {
    boxes,
    edges,
    width: MARGIN * 2 + (graph.columns - 1) * COLUMN_PX + NODE_WIDTH,
    height: MARGIN + Math.max(MARGIN + (graph.lines - 1) * LINE_PX + NODE_HEIGHT, lowest + NODE_HEIGHT / 2),
  };
}

/**
 * Places the labels of failing calls first, then those of the most calls. A label that finds no free place is left out,
 * that of a failing call replaced by a mark.
 * @param {{ edge: ServiceEdge, line: Line }[]} lines
 * @param {readonly Box[]} boxes
 * @param {(edge: ServiceEdge) => readonly string[]} textOf
 * @returns {EdgeLayout[]} in the order of `lines`
 */
function placeLabels(lines, boxes, textOf) {
  const taken = [...boxes];
  /** @type {Map<ServiceEdge, Box>} */
  const labels = new Map();
  /** @type {Map<ServiceEdge, Box>} */
  const marks = new Map();
  const weight = (/** @type {ServiceEdge} */ edge) => edge.errors + (edge.givenUp ?? 0);
  const order = [...lines].sort((a, b) => weight(b.edge) - weight(a.edge) || b.edge.calls - a.edge.calls);
  for (const { edge, line } of order) {
    const text = textOf(edge);
    const width = Math.max(...text.map(({ length }) => length)) * LABEL_CHAR_PX + LABEL_PADDING_PX;
    const free = freePlace(line, width, text.length * LABEL_LINE_PX + 4, taken);
    if (free) labels.set(edge, free);
    else if (isFailing(edge)) {
      // Without any free place, it covers something: an error is never left out.
      marks.set(edge, freePlace(line, MARK_PX, MARK_PX, taken) ?? around(pointOn(line, 0.5), MARK_PX, MARK_PX));
    }
    const box = labels.get(edge) ?? marks.get(edge);
    if (box) taken.push(box);
  }
  return lines.map(({ edge, line }) => ({
    edge,
    line,
    label: labels.get(edge) ?? null,
    mark: marks.get(edge) ?? null,
  }));
}

/**
 * A place along a line that nothing covers.
 * @param {Line} line
 * @param {number} width
 * @param {number} height
 * @param {readonly Box[]} taken
 */
function freePlace(line, width, height, taken) {
  const points = LABEL_PLACES.map((part) => pointOn(line, part));
  return LABEL_SHIFTS_PX.flatMap((shift) => points.map(({ x, y }) => ({ x, y: y + shift })))
    .map((point) => around(point, width, height))
    .find((label) => label.x >= 0 && label.y >= 0 && !taken.some((other) => overlap(label, other)));
}

/**
 * @param {Point} center
 * @param {number} width
 * @param {number} height
 * @returns {Box}
 */
function around({ x, y }, width, height) {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export function overlap(a, b) {
  return a.x < b.x + b.width + LABEL_GAP_PX && b.x < a.x + a.width + LABEL_GAP_PX &&
    a.y < b.y + b.height + LABEL_GAP_PX && b.y < a.y + a.height + LABEL_GAP_PX;
}

/**
 * From the right side of the caller to the left side of the callee.
 * @param {Box} from
 * @param {Box} to
 * @param {readonly Box[]} boxes
 * @returns {Line}
 */
function lineBetween(from, to, boxes) {
  const middle = NODE_HEIGHT / 2;
  if (to.x > from.x) {
    const bend = Math.min(220, (to.x - from.x - NODE_WIDTH) / 2);
    const line = {
      x1: from.x + NODE_WIDTH,
      y1: from.y + middle,
      x2: to.x,
      y2: to.y + middle,
      bend,
      back: bend,
      sag: 0,
    };
    // Passes below the boxes of the columns between.
    const between = boxes.filter(({ x }) => x > from.x && x < to.x);
    return between.length > 0 ? { ...line, sag: sagBeneath(line, between) } : line;
  }
  if (to.x === from.x) {
    // Within a column: around the right side.
    const [x, bend] = [from.x + NODE_WIDTH, 46];
    return { x1: x, y1: from.y + middle + 8, x2: x, y2: to.y + middle - 8, bend, back: -bend, sag: 0 };
  }
  // A call back: from the left side of the caller to the right side of the callee, below the line there.
  const bend = -(from.x - to.x - NODE_WIDTH) / 2;
  const ends = { x1: from.x, y1: from.y + middle + 12, x2: to.x + NODE_WIDTH, y2: to.y + middle + 12 };
  const line = { ...ends, bend, back: bend, sag: BACK_SAG_PX };
  const between = boxes.filter(({ x }) => x > to.x && x < from.x);
  return between.length > 0 ? { ...line, sag: sagBeneath(line, between) + BACK_SAG_PX } : line;
}

/**
 * The SVG path of a line.
 * @param {Line} line
 */
export function pathOf({ x1, y1, x2, y2, bend, back, sag }) {
  return `M${x1} ${y1}C${x1 + bend} ${y1 + sag} ${x2 - back} ${y2 + sag} ${x2} ${y2}`;
}

/**
 * @param {Line} line
 * @param {number} part curve parameter, 0 to 1
 * @returns {Point}
 */
export function pointOn({ x1, y1, x2, y2, bend, back, sag }, part) {
  return { x: onCurve(part, x1, x1 + bend, x2 - back, x2), y: onCurve(part, y1, y1 + sag, y2 + sag, y2) };
}

/**
 * Smallest sag at which a line touches none of the boxes.
 * @param {Line} line
 * @param {readonly Box[]} boxes
 */
function sagBeneath(line, boxes) {
  let sag = SAG_PX;
  const touches = (/** @type {Box} */ box) => {
    for (let place = 1; place < PLACES; place += 1) {
      const point = pointOn({ ...line, sag }, place / PLACES);
      const [x, y] = [point.x - box.x, point.y - box.y];
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
