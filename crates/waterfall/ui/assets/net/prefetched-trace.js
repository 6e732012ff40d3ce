// Hands out the response that `prefetch-trace.js` requested, once.

import { getTraceIfModified } from "./api.js";

/** @typedef {import("./api.js").Tagged} Tagged */
/** @typedef {Window & { prefetchedTrace?: Promise<Tagged | null> }} PrefetchWindow */

/**
 * @param {string} traceId
 * @returns {Promise<Tagged | null>}
 */
export async function takePrefetchedTrace(traceId) {
  const page = /** @type {PrefetchWindow} */ (window);
  const prefetched = page.prefetchedTrace;
  delete page.prefetchedTrace;
  const response = prefetched ? await prefetched.catch(() => null) : null;
  return response ??
    getTraceIfModified(traceId, null, new URLSearchParams(location.search).get("clocks") === "corrected");
}
