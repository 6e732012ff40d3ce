// HTTP client for the server's API. Responses are untyped; the model reads them.

/** Status 404: the trace or span is not stored, or not yet. */
export class NotFound extends Error {}

/** There is no answer, or a part of one. */
export class Unreachable extends Error {
  constructor() {
    super("the server does not respond");
  }
}

/** Any other error status. */
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

/** Status 401: the session is missing or has expired. */
export class SignedOut extends HttpError {
  constructor() {
    super(401, "sign in again");
  }
}

/**
 * Whether the same request may succeed later: the server was not reached, is overloaded, or failed.
 * @param {unknown} error of a request
 */
export function isTransient(error) {
  return error instanceof Unreachable || (error instanceof HttpError && (error.status === 429 || error.status >= 500));
}

/** Name of the window event that is dispatched on status 401. */
export const SIGNED_OUT = "signed-out";

/**
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 */
async function request(path, init = {}) {
  const headers = { accept: "application/json", ...init.headers };
  const response = await fetch(path, { ...init, headers }).catch(failed);
  if (response.status === 401) {
    dispatchEvent(new Event(SIGNED_OUT));
    throw new SignedOut();
  }
  return response;
}

/**
 * @param {unknown} error of a request, or of its answer
 * @returns {never}
 */
function failed(error) {
  throw error instanceof DOMException && error.name === "AbortError" ? error : new Unreachable();
}

/**
 * Signs in with the token; the server sets a session cookie.
 * @param {string} token
 * @returns {Promise<string | null>} an error message, or null on success
 */
export async function signIn(token) {
  const response = await fetch("/sign-in", {
    method: "POST",
    body: new URLSearchParams({ token }),
    redirect: "manual",
  });
  if (response.type === "opaqueredirect") return null;
  return response.status === 401
    ? "Wrong token."
    : response.status === 429
    ? "Too many failed attempts. Try again in a moment."
    : `The server responded with status ${response.status}.`;
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
  if (!response.ok) throw new HttpError(response.status, `the server responded with status ${response.status}`);
  return response.json().catch(failed);
}

/**
 * @param {number} limit
 * @param {AbortSignal} [signal]
 */
export function getTraceList(limit, signal) {
  return getJson(`/api/ui/traces?limit=${limit}`, signal);
}

/** @typedef {{ json: unknown, tag: string | null }} Tagged a response and its ETag */

/**
 * Searches the stored traces; one response covers what is found within a short time.
 * @param {string} query
 * @param {{ limit: number, older?: string | null }} part limit of matches, and the cursor of the previous response
 * @param {AbortSignal} signal
 * @returns {Promise<{ json: unknown } | { problem: string }>}
 */
export async function searchTraces(query, { limit, older = null }, signal) {
  const from = older === null ? "" : `&older=${encodeURIComponent(older)}`;
  const response = await request(`/api/ui/traces?limit=${limit}&q=${encodeURIComponent(query)}${from}`, { signal });
  const json = await response.json().catch(() => null);
  // A response without `more` comes from an older server that ignores the query.
  if (response.ok && typeof json?.more !== "boolean") {
    throw new HttpError(response.status, "the server does not support search");
  }
  if (response.ok) return { json };
  const message = typeof json?.error === "string" ? json.error : `the server responded with status ${response.status}`;
  // 400: the query is not valid. Anything else says nothing about the query.
  if (response.status !== 400) throw new HttpError(response.status, message);
  return { problem: message };
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
 * Uploads a file of traces.
 * @param {Blob} file
 */
export function importTraces(file) {
  return send("/api/ui/import", "POST", file);
}

/**
 * Sends JSON. An error has the server's words.
 * @param {string} path
 * @param {"POST" | "DELETE"} method
 * @param {string | Blob} body
 */
async function send(path, method, body) {
  const response = await request(path, { method, headers: { "content-type": "application/json" }, body });
  const json = await response.json().catch(() => null);
  if (!response.ok) {
    throw new HttpError(
      response.status,
      typeof json?.error === "string" ? json.error : `the server responded with status ${response.status}`,
    );
  }
  return json;
}

/**
 * RED metrics of services and operations.
 * @param {{ from?: bigint, parts: number }} range start of the range, and number of series buckets
 */
export function getMetrics({ from, parts }) {
  return getJson(`/api/ui/services?parts=${parts}${from === undefined ? "" : `&from=${from}`}`);
}

/** What the doctor found in the newest traces. */
export function getDoctor() {
  return getJson("/api/doctor");
}

/**
 * Accepts findings as known, or brings them back.
 * @param {"POST" | "DELETE"} method
 * @param {Record<string, string>} entry
 */
export function changeSuppression(method, entry) {
  return send("/api/doctor/suppressions", method, JSON.stringify(entry));
}

/** How often the context arrived, services by services. */
export function getHops() {
  return getJson("/api/hops");
}

/**
 * What the doctor found in a trace.
 * @param {string} traceId
 */
export function getTraceFindings(traceId) {
  return getJson(`/api/doctor/${encodeURIComponent(traceId)}`);
}

export function getStatus() {
  return getJson("/api/ui/status");
}

/**
 * @param {string} traceId
 * @param {string | null} tag ETag of the known version
 * @param {boolean} [corrected] with all times by the root's clock
 * @returns {Promise<Tagged | null>} null if the known version is current
 */
export function getTraceIfModified(traceId, tag, corrected = false) {
  return getIfModified(`/api/ui/traces/${encodeURIComponent(traceId)}${corrected ? "?clocks=corrected" : ""}`, tag);
}

/**
 * Log records of a trace.
 * @param {string} traceId
 * @param {string | null} tag ETag of the known records
 * @returns {Promise<Tagged | null>} null if the known records are current
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
 * @param {number} occurrence number among spans with the same id
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
 * The spans of a trace of which an attribute satisfies a condition.
 * @param {string} traceId
 * @param {Record<"field" | "operator" | "value", string>} condition
 * @param {AbortSignal} [signal]
 */
export function findInTrace(traceId, condition, signal) {
  return getJson(`/api/ui/traces/${encodeURIComponent(traceId)}/find?${new URLSearchParams(condition)}`, signal);
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
