// The questions that the pages ask the server. Every answer is read by the model; nothing is trusted here.

/** The server has no such trace or span, at least not yet. */
export class NotFound extends Error {}

/** The server answered, but not with what was asked. */
export class HttpError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Who asks is signed in no longer. */
export class SignedOut extends HttpError {
  constructor() {
    super(401, "the server asks for the token");
  }
}

/** What the window is told when an answer is that. */
export const SIGNED_OUT = "signed-out";

/**
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 */
async function request(path, init = {}) {
  const response = await fetch(path, { ...init, headers: { accept: "application/json", ...init.headers } });
  if (response.status === 401) {
    dispatchEvent(new Event(SIGNED_OUT));
    throw new SignedOut();
  }
  return response;
}

/**
 * Shows the token; the browser keeps what the server gives in its place.
 * @param {string} token
 * @returns {Promise<string | null>} what is wrong
 */
export async function signIn(token) {
  const response = await fetch("/sign-in", {
    method: "POST",
    body: new URLSearchParams({ token }),
    redirect: "manual",
  });
  if (response.type === "opaqueredirect") return null;
  return response.status === 401
    ? "That is not the token."
    : response.status === 429
    ? "Too many wrong tokens at once. Try again."
    : `The server answered ${response.status}.`;
}

export async function signOut() {
  await fetch("/sign-out", { method: "POST" });
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>}
 */
async function getJson(path, signal) {
  return readJson(await request(path, { signal: signal ?? null }), path);
}

/**
 * @param {Response} response
 * @param {string} path
 * @returns {Promise<unknown>}
 */
async function readJson(response, path) {
  if (response.status === 404) throw new NotFound(path);
  if (!response.ok) throw new HttpError(response.status, `the server answered ${response.status}`);
  return response.json();
}

/**
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export function getTraceList(limit, signal) {
  return getJson(`/api/ui/traces?limit=${limit}`, signal);
}

/** @typedef {{ json: unknown, tag: string | null }} Tagged an answer and the name of its version */

/**
 * Searches what the server keeps, as far as it comes in a moment.
 * @param {string} query
 * @param {{ limit: number, older?: string | null }} part how many, and where an earlier answer stopped
 * @param {AbortSignal} signal
 * @returns {Promise<{ json: unknown } | { problem: string }>}
 */
export async function searchTraces(query, { limit, older = null }, signal) {
  const from = older === null ? "" : `&older=${encodeURIComponent(older)}`;
  const response = await request(`/api/ui/traces?limit=${limit}&q=${encodeURIComponent(query)}${from}`, { signal });
  const json = await response.json();
  // Without `more` it was no search: an older server ignores what it does not know.
  if (response.ok && typeof json?.more !== "boolean") {
    throw new HttpError(response.status, "the server does not search");
  }
  return response.ok
    ? { json }
    : { problem: typeof json?.error === "string" ? json.error : `the server answered ${response.status}` };
}

/**
 * @param {string} query
 * @param {number} caret in UTF-16 units
 * @param {AbortSignal} signal
 */
export function getCompletion(query, caret, signal) {
  return getJson(`/api/ui/complete?at=${caret}&q=${encodeURIComponent(query)}`, signal);
}

/**
 * Hands the server a file of traces: OTLP JSON or Jaeger JSON.
 * @param {Blob} file
 */
export async function importTraces(file) {
  const response = await request("/api/ui/import", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: file,
  });
  const json = await response.json().catch(() => null);
  if (!response.ok) {
    throw new HttpError(
      response.status,
      typeof json?.error === "string" ? json.error : `the server answered ${response.status}`,
    );
  }
  return json;
}

/**
 * Rate, errors and durations.
 * @param {{ from?: bigint, parts: number }} asked since when, and in how many parts of the time
 */
export function getMetrics({ from, parts }) {
  return getJson(`/api/ui/services?parts=${parts}${from === undefined ? "" : `&from=${from}`}`);
}

export function getStatus() {
  return getJson("/api/ui/status");
}

/**
 * @param {string} traceId
 * @param {string | null} tag of the version that is known
 * @returns {Promise<Tagged | null>} null where that is still the newest: nothing was sent
 */
export function getTraceIfModified(traceId, tag) {
  return getIfModified(`/api/ui/traces/${encodeURIComponent(traceId)}`, tag);
}

/**
 * What the trace's spans have logged.
 * @param {string} traceId
 * @param {string | null} tag of what is known
 * @returns {Promise<Tagged | null>} null where that is still all
 */
export function getLogs(traceId, tag) {
  return getIfModified(`/api/ui/traces/${encodeURIComponent(traceId)}/logs`, tag);
}

/**
 * @param {string} path
 * @param {string | null} tag
 * @returns {Promise<Tagged | null>}
 */
async function getIfModified(path, tag) {
  const response = await request(path, { headers: tag === null ? {} : { "if-none-match": tag } });
  if (response.status === 304) return null;
  return { json: await readJson(response, path), tag: response.headers.get("etag") };
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
  return getJson(`/api/v3/traces/${encodeURIComponent(traceId)}`, signal);
}

/**
 * @param {string} traceId
 * @param {"otlp" | "jaeger"} format of the file
 */
export function exportPath(traceId, format) {
  return `/api/ui/traces/${encodeURIComponent(traceId)}/export?format=${format}`;
}

/**
 * @param {string} traceId
 * @param {string} [spanId]
 */
export function tracePagePath(traceId, spanId) {
  const page = `/trace/${encodeURIComponent(traceId)}`;
  return spanId ? `${page}?span=${encodeURIComponent(spanId)}&details` : page;
}
