// The answer that `early-fetch.js` asked for, once.

import { getTrace } from "./api.js";

/** @typedef {Window & { earlyTrace?: Promise<unknown> }} EarlyWindow */

/**
 * @param {string} traceId
 * @returns {Promise<unknown>}
 */
export async function firstTrace(traceId) {
  const page = /** @type {EarlyWindow} */ (window);
  const early = page.earlyTrace;
  delete page.earlyTrace;
  const answer = early ? await early.catch(() => null) : null;
  return answer ?? getTrace(traceId);
}
