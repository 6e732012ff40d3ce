// Table cell with a sparkline and its value as text.

import { sparkline } from "../model/sparkline.js";
import { el, svg } from "./dom.js";

const WIDTH_PX = 92;
const HEIGHT_PX = 22;

/**
 * @param {string} style `rate`, `errors` or `duration`
 * @param {readonly number[]} values
 * @param {readonly boolean[] | null} known
 * @param {number} [most]
 */
export function sparklineSvg(style, values, known, most) {
  const line = sparkline(values, known, WIDTH_PX, HEIGHT_PX, most);
  const picture = svg("svg", {
    class: `sparkline ${style}`,
    width: String(WIDTH_PX),
    height: String(HEIGHT_PX),
    viewBox: `0 0 ${WIDTH_PX} ${HEIGHT_PX}`,
    "aria-hidden": "true",
  });
  if (line !== "" && known === null) picture.append(svg("path", { class: "area", d: `${line}V${HEIGHT_PX}H0Z` }));
  picture.append(svg("path", { class: "line", d: line }));
  return picture;
}

/**
 * @param {Node} picture
 * @param {string} text
 * @param {string} [muted]
 */
export function metricCell(picture, text, muted = "") {
  return el(
    "span",
    { class: "metric-cell" },
    picture,
    el("span", { class: "metric-text" }, text, muted ? el("span", { class: "muted" }, ` ${muted}`) : null),
  );
}
