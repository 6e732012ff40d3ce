// Says how the page hears of what is new.

import { setText } from "./dom.js";

/** @typedef {import("../net/live-updates.js").ConnectionState} ConnectionState */

/** @type {Record<ConnectionState | "paused", [label: string, title: string]>} */
const STATES = {
  connecting: ["Connecting", "Connecting to the server"],
  live: ["LiveUpdates", "New spans show by themselves"],
  polling: ["Polling", "The live stream is down: asking every two seconds"],
  offline: ["Disconnected", "The server does not answer. This page tries again every two seconds"],
  "signed-out": ["Signed out", "The server asks for the token again"],
  paused: ["Paused", "Paused: nothing new is shown until you resume"],
};

/**
 * @param {HTMLElement} element
 * @param {ConnectionState | "paused"} state
 */
export function showConnectionState(element, state) {
  const [label, title] = STATES[state];
  element.dataset.state = state;
  element.title = title;
  setText(element, label);
}
