// Indicator of the connection to the server.

import { setText } from "./dom.js";

/** @typedef {import("../net/live-updates.js").Connection | "paused"} ConnectionState */

/** @type {Record<ConnectionState, [label: string, title: string]>} */
const STATES = {
  connecting: ["Connecting", "Connecting to the server"],
  live: ["Live", "The server reports new spans as they arrive"],
  polling: ["Polling", "The live stream is down: polling every 2 seconds"],
  offline: ["Disconnected", "The server does not respond. Retrying every 2 seconds"],
  "signed-out": ["Signed out", "Sign in again to continue"],
  paused: ["Paused", "Updates are paused until you resume"],
};

/**
 * @param {HTMLElement} element
 * @param {ConnectionState} state
 */
export function showConnectionState(element, state) {
  const [label, title] = STATES[state];
  element.dataset.state = state;
  element.title = title;
  setText(element, label);
}
