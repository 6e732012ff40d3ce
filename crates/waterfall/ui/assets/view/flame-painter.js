// Paints a flame graph on a canvas of window height: only visible levels, and only frames of visible width.

import { cutText } from "../model/cut-text.js";
import { reachedErrors } from "../model/error-outcome.js";
import { firstEndingAfter } from "../model/flame.js";
import { frameLabel } from "../model/frame-text.js";
import { shortCall, shortNames } from "../model/short-names.js";
import { resolvedColors, themeColors } from "./service-color.js";

/** @typedef {import("../model/flame.js").Frame} Frame */
/** @typedef {import("../model/short-names.js").ShortNames} ShortNames */

export const LEVEL_PX = 24;
export const SIDE_PX = 16;
/** Space above the first level. */
export const FIRST_PX = 10;
const GAP_PX = 2;
const MIN_PX = 0.6;
/** Width of the solid left edge of a frame. */
const EDGE_PX = 3;
/** Height of the line below a frame with errors that reached the root, and with others. */
const ERROR_PX = 3;
const UNREACHED_PX = 2;
/** Narrower frames get no label. */
const LABEL_PX = 34;
const MAX_CHARS = 120;

/**
 * @typedef {object} FlamePicture
 * @property {import("../model/flame.js").Flame} flame
 * @property {Frame} root the frame that fills the width
 * @property {Frame | null} marked
 * @property {Frame | null} selected the frame of the selected span
 * @property {ReadonlySet<Frame> | null} found frames with spans that the search found; null without a search
 * @property {import("../model/trace.js").Trace} trace
 * @property {number} top scroll position
 * @property {number} width
 * @property {number} height
 * @property {string} font
 */

/**
 * @param {Frame} frame
 * @param {readonly string[]} services
 * @param {ShortNames} short
 */
export function labelOf(frame, services, short) {
  return `${short.service(services[frame.service] ?? "")} ${shortCall(frame, short)}`.trim();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {FlamePicture} picture
 */
export function paintFlame(canvas, picture) {
  const { flame, root, marked, selected, found, trace, top, width, height } = picture;
  const scale = devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.style.setProperty("height", `${height}px`);
  const context = canvas.getContext("2d");
  if (!context || root.total <= 0) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const colors = resolvedColors(trace.services);
  const [text = "", muted = "", red = "", accent = ""] = themeColors("--text", "--text-3", "--error", "--accent");
  context.font = `12px ${picture.font}`;
  context.textBaseline = "middle";
  const first = Math.floor(top / LEVEL_PX);
  const last = Math.min(flame.levels.length - 1, Math.ceil((top + height) / LEVEL_PX));
  const room = width - 2 * SIDE_PX;
  const perPixel = root.total / room;
  for (let level = first; level <= last; level += 1) {
    const frames = flame.levels[level];
    const y = level * LEVEL_PX - top + FIRST_PX;
    for (let index = firstEndingAfter(frames, root.start); index < frames.length; index += 1) {
      const frame = frames[index];
      if (frame.start >= root.start + root.total) break;
      const left = SIDE_PX + Math.max(0, (frame.start - root.start) / perPixel);
      const right = SIDE_PX + Math.min(room, (frame.start + frame.total - root.start) / perPixel);
      if (right - left < MIN_PX) continue;
      const wide = right - left > EDGE_PX * 3;
      const faint = found !== null && !found.has(frame);
      context.globalAlpha = root.depth > level || faint ? 0.14 : wide ? (found ? 0.55 : 0.3) : 0.5;
      context.fillStyle = colors[frame.service] ?? muted;
      context.fillRect(left, y, Math.max(0.8, right - left - 1), LEVEL_PX - GAP_PX);
      context.globalAlpha = faint ? 0.3 : 1;
      if (wide) context.fillRect(left, y, EDGE_PX, LEVEL_PX - GAP_PX);
      if (frame.errors > 0) {
        const [color, height] = reachedErrors(frame) > 0 ? [red, ERROR_PX] : [muted, UNREACHED_PX];
        context.fillStyle = color;
        context.fillRect(left, y + LEVEL_PX - GAP_PX - height, Math.max(0.8, right - left - 1), height);
      }
      if (frame === marked || frame === selected) {
        context.globalAlpha = 1;
        context.strokeStyle = frame === marked ? text : accent;
        context.lineWidth = frame === selected ? 2 : 1;
        context.strokeRect(left + 0.5, y + 0.5, Math.max(1, right - left - 2), LEVEL_PX - GAP_PX - 1);
      }
      if (right - left > LABEL_PX) {
        context.globalAlpha = 1;
        write(context, frame, picture, {
          x: left + 8,
          y: y + (LEVEL_PX - GAP_PX) / 2,
          room: right - left - 14,
          text: faint ? muted : text,
          muted,
        });
      }
      context.globalAlpha = 1;
    }
  }
}

/**
 * The label, cut with an ellipsis where it must be; beside it as many facts as there is room for.
 * @param {CanvasRenderingContext2D} context
 * @param {Frame} frame
 * @param {FlamePicture} picture
 * @param {{ x: number, y: number, room: number, text: string, muted: string }} place
 */
function write(context, frame, { trace }, { x, y, room, text, muted }) {
  const label = labelOf(frame, trace.services, shortNames(trace)).slice(0, MAX_CHARS);
  context.fillStyle = text;
  const widthOf = (/** @type {string} */ part) => context.measureText(part).width;
  const width = widthOf(label);
  context.fillText(width > room ? cutText(label, room, widthOf) : label, x, y);
  context.fillStyle = muted;
  const facts = frameLabel(trace, frame);
  const texts = facts.map((_, without) => `  ${facts.slice(0, facts.length - without).join(" · ")}`);
  const fitting = texts.find((more) => width + widthOf(more) <= room);
  if (fitting) context.fillText(fitting, x + width, y);
}
