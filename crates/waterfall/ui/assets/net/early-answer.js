// The answer that `early-fetch.js` asked for, once.

import { getTraceSince } from "./api.js";

/** @typedef {import("./api.js").Tagged} Tagged */
/** @typedef {Window & { earlyTrace?: Promise<Tagged | null> }} EarlyWindow */

/**
 * @param {string} traceId
 * @returns {Promise<Tagged | null>}
 */
export async function firstTrace(traceId) {
  const page = /** @type {EarlyWindow} */ (window);
  const early = page.earlyTrace;
  delete page.earlyTrace;
  const answer = early ? await early.catch(() => null) : null;
  return answer ?? getTraceSince(traceId, null);
}
