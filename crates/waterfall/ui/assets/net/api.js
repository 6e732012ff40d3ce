// The questions that the pages ask the server. Every answer is read by the model; nothing is trusted here.

/** The server has no such trace or span, at least not yet. */
export class NotFound extends Error {}

/** The server answered, but not with what was asked. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>}
 */
async function getJson(path, signal) {
  const response = await fetch(path, { headers: { accept: "application/json" }, signal: signal ?? null });
  if (response.status === 404) throw new NotFound(path);
  if (!response.ok) throw new Refused(response.status, `the server answered ${response.status}`);
  return response.json();
}

/**
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export function getFeed(limit, signal) {
  return getJson(`/api/ui/traces?limit=${limit}`, signal);
}

/**
 * @param {string} traceId
 * @param {AbortSignal} [signal]
 */
export function getTrace(traceId, signal) {
  return getJson(`/api/ui/traces/${encodeURIComponent(traceId)}`, signal);
}

/**
 * @param {string} traceId
 * @param {string} spanId
 * @param {number} occurrence which of the spans that share the id
 * @param {AbortSignal} [signal]
 */
export function getSpan(traceId, spanId, occurrence, signal) {
  const which = occurrence > 0 ? `?occurrence=${occurrence}` : "";
  return getJson(`/api/ui/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}${which}`, signal);
}

/**
 * @param {string} traceId
 * @param {AbortSignal} [signal]
 */
export function getOtlp(traceId, signal) {
  return getJson(otlpPath(traceId), signal);
}

/** @param {string} traceId */
export function jaegerPath(traceId) {
  return `/api/traces/${encodeURIComponent(traceId)}`;
}

/** @param {string} traceId */
export function otlpPath(traceId) {
  return `/api/v3/traces/${encodeURIComponent(traceId)}`;
}

/**
 * @param {string} traceId
 * @param {string} [spanId]
 */
export function tracePagePath(traceId, spanId) {
  const page = `/trace/${encodeURIComponent(traceId)}`;
  return spanId ? `${page}?span=${encodeURIComponent(spanId)}&details` : page;
}
