// The answer that `prefetch-trace.js` asked for, once.

import { getTraceIfModified } from "./api.js";

/** @typedef {import("./api.js").Tagged} Tagged */
/** @typedef {Window & { prefetchedTrace?: Promise<Tagged | null> }} PrefetchWindow */

/**
 * @param {string} traceId
 * @returns {Promise<Tagged | null>}
 */
export async function takePrefetchedTrace(traceId) {
  const page = /** @type {PrefetchWindow} */ (window);
  const early = page.prefetchedTrace;
  delete page.prefetchedTrace;
  const answer = early ? await early.catch(() => null) : null;
  return answer ?? getTraceIfModified(traceId, null);
}
