// Geometry of a map of services: boxes in columns (in a narrow window in rows), lines between them, and labels that
// cover neither boxes nor one another. A notable call without room for its label has a mark. Lengths are pixels at full
// size.

import { reachedErrors } from "./error-outcome.js";
import { isNotable } from "./service-calls.js";

/** @typedef {import("./service-columns.js").ServiceGraph} ServiceGraph */
/** @typedef {import("./service-columns.js").ServiceNode} ServiceNode */
/** @typedef {import("./service-calls.js").ServiceEdge} ServiceEdge */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/**
 * A cubic Bézier curve, given by its ends and the offsets of its control points: `bend` and `back` along the calls,
 * `sag` across. `down` if calls lead down rather than to the right.
 * @typedef {object} Line
 * @property {number} x1
 * @property {number} y1
 * @property {number} x2
 * @property {number} y2
 * @property {number} bend
 * @property {number} back
 * @property {number} sag
 * @property {boolean} [down]
 */
/**
 * @typedef {object} EdgeLayout
 * @property {ServiceEdge} edge
 * @property {Line} line
 * @property {Box | null} label null where there is no room for it
 * @property {Box | null} mark of a notable call without a label
 */
/**
 * @typedef {object} MapLayout
 * @property {Map<number, Box>} boxes by service
 * @property {EdgeLayout[]} edges
 * @property {number} width
 * @property {number} height
 */

const NODE_WIDTH = 236;
const NODE_HEIGHT = 64;
/** Space between two columns: as much as the widest label needs, within bounds. */
const MIN_COLUMN_GAP_PX = 150;
const MAX_COLUMN_GAP_PX = 300;
/** Of a line, that much is in sight beside its label. */
const LINE_ENDS_PX = 44;
/** Space between the boxes of a column. */
const BOX_GAP_PX = 40;
/** Where calls lead down: space between two rows, and between the boxes of a row. */
const ROW_GAP_PX = 92;
const BESIDE_GAP_PX = 28;
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
 * @param {boolean} [down] whether calls lead down, for narrow windows, rather than to the right
 * @returns {MapLayout}
 */
export function layoutMap(graph, textOf, down = false) {
  const counts = new Map();
  for (const { column } of graph.nodes) counts.set(column, (counts.get(column) ?? 0) + 1);
  const along = down ? NODE_HEIGHT + ROW_GAP_PX : NODE_WIDTH + columnGap(graph, textOf);
  const across = down ? NODE_WIDTH + BESIDE_GAP_PX : NODE_HEIGHT + BOX_GAP_PX;
  /** @type {Map<number, Box>} */
  const boxes = new Map(graph.nodes.map(({ service, column, line }) => {
    const [a, b] = [column * along, (line + (graph.lines - (counts.get(column) ?? 0)) / 2) * across];
    return [service, {
      x: MARGIN + (down ? b : a),
      y: MARGIN + (down ? a : b),
      width: NODE_WIDTH,
      height: NODE_HEIGHT,
    }];
  }));
  const all = [...boxes.values()];
  const turned = down ? new Map([...boxes].map(([service, box]) => [service, turn(box)])) : boxes;
  const turnedBoxes = [...turned.values()];
  const lines = graph.edges.flatMap((edge) => {
    const [from, to] = [turned.get(edge.from), turned.get(edge.to)];
    if (!from || !to) return [];
    const line = lineBetween(from, to, turnedBoxes);
    return [{ edge, line: down ? turnLine(line) : line }];
  });
  const edges = placeLabels(lines, all, textOf);
  const right = Math.max(0, ...all.map(({ x, width }) => x + width));
  const bottom = Math.max(0, ...all.map(({ y, height }) => y + height));
  const middles = lines.map(({ line }) => pointOn(line, 0.5));
  const labels = edges.flatMap(({ label }) => (label ? [label] : []));
  return {
    boxes,
    edges,
    width: MARGIN + Math.max(right, ...middles.map(({ x }) => x), ...labels.map(({ x, width }) => x + width)),
    height: MARGIN + Math.max(bottom, ...middles.map(({ y }) => y + NODE_HEIGHT / 2 - MARGIN)),
  };
}

/**
 * @param {ServiceGraph} graph
 * @param {(edge: ServiceEdge) => readonly string[]} textOf
 */
function columnGap(graph, textOf) {
  const widest = graph.edges.reduce((most, edge) => Math.max(most, labelWidth(textOf(edge))), 0);
  return Math.min(MAX_COLUMN_GAP_PX, Math.max(MIN_COLUMN_GAP_PX, widest + LINE_ENDS_PX));
}

/** @param {readonly string[]} text */
function labelWidth(text) {
  return Math.max(0, ...text.map(({ length }) => length)) * LABEL_CHAR_PX + LABEL_PADDING_PX;
}

/**
 * Swaps the axes.
 * @param {Box} box
 * @returns {Box}
 */
function turn({ x, y, width, height }) {
  return { x: y, y: x, width: height, height: width };
}

/**
 * @param {Line} line
 * @returns {Line}
 */
function turnLine(line) {
  return { ...line, x1: line.y1, y1: line.x1, x2: line.y2, y2: line.x2, down: true };
}

/**
 * Places the labels of failing calls first, then those of other notable calls, then those of the most calls. A label
 * that finds no free place is left out, that of a notable call replaced by a mark.
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
  const order = [...lines].sort(({ edge: a }, { edge: b }) =>
    reachedErrors(b) - reachedErrors(a) || Number(isNotable(b)) - Number(isNotable(a)) || b.calls - a.calls
  );
  for (const { edge, line } of order) {
    const text = textOf(edge);
    const free = freePlace(line, labelWidth(text), text.length * LABEL_LINE_PX + 4, taken);
    if (free) labels.set(edge, free);
    else if (isNotable(edge)) {
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
  const { width, height } = from;
  const middle = height / 2;
  if (to.x > from.x) {
    const bend = Math.min(220, (to.x - from.x - width) / 2);
    const line = {
      x1: from.x + width,
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
    const [x, bend] = [from.x + width, 46];
    return { x1: x, y1: from.y + middle + 8, x2: x, y2: to.y + middle - 8, bend, back: -bend, sag: 0 };
  }
  // A call back: from the left side of the caller to the right side of the callee, below the line there.
  const bend = -(from.x - to.x - width) / 2;
  const ends = { x1: from.x, y1: from.y + middle + 12, x2: to.x + width, y2: to.y + middle + 12 };
  const line = { ...ends, bend, back: bend, sag: BACK_SAG_PX };
  const between = boxes.filter(({ x }) => x > to.x && x < from.x);
  return between.length > 0 ? { ...line, sag: sagBeneath(line, between) + BACK_SAG_PX } : line;
}

/**
 * The SVG path of a line.
 * @param {Line} line
 */
export function pathOf(line) {
  const [x1, x2, x3, x4] = xsOf(line);
  const [y1, y2, y3, y4] = ysOf(line);
  return `M${x1} ${y1}C${x2} ${y2} ${x3} ${y3} ${x4} ${y4}`;
}

/**
 * @param {Line} line
 * @returns {[number, number, number, number]} of the ends and the control points between
 */
function xsOf({ x1, x2, bend, back, sag, down = false }) {
  return [x1, x1 + (down ? sag : bend), x2 + (down ? sag : -back), x2];
}

/**
 * @param {Line} line
 * @returns {[number, number, number, number]}
 */
function ysOf({ y1, y2, bend, back, sag, down = false }) {
  return [y1, y1 + (down ? bend : sag), y2 + (down ? -back : sag), y2];
}

/**
 * @param {Line} line
 * @param {number} part curve parameter, 0 to 1
 * @returns {Point}
 */
export function pointOn(line, part) {
  return { x: onCurve(part, ...xsOf(line)), y: onCurve(part, ...ysOf(line)) };
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
      if (x > -CLEAR_PX && x < box.width + CLEAR_PX && y > -CLEAR_PX && y < box.height + CLEAR_PX) return true;
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
