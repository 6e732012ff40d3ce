// Reads untyped JSON responses: every reader returns a value of its type, whatever the input.

/**
 * A row as the server sends it. Fields with default values are omitted.
 * @typedef {object} WireRow
 * @property {string} [id]
 * @property {string | null} [parent] if it differs from the enclosing row's id
 * @property {number} [occurrence] number among spans with the same id, from 0
 * @property {number} [service]
 * @property {string} [name]
 * @property {string} [kind]
 * @property {number} [start]
 * @property {number} [duration]
 * @property {number} [depth]
 * @property {string} [status]
 * @property {string | null} [note]
 * @property {string} [message] why the span failed
 * @property {string} [target] what a failed call was addressed to
 * @property {"handled" | "background"} [error] the span failed, but its error did not reach the root
 * @property {number} [root_cause] the trace's failure began here; number of attempts
 * @property {boolean} [missing_parent]
 * @property {number} [likely_caller] the row that likely waited for a row whose parent is missing
 * @property {boolean} [may_miss_callee] a call whose callee is likely missing
 * @property {boolean} [outside_parent] the parent is a span of a caller outside this system
 * @property {number} [ahead] nanoseconds that the clock of the span's host is ahead of the root's
 * @property {number} [events]
 * @property {number} [links]
 * @property {string[]} [flags]
 * @property {number} [self] self time, unless it is the whole duration
 * @property {boolean} [detached] the parent did not wait for the span
 * @property {boolean} [placeholder] the row stands for a parent that was not received
 */

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
export function record(value) {
  return value !== null && typeof value === "object" ? /** @type {Record<string, unknown>} */ (value) : {};
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>[]}
 */
export function list(value) {
  return Array.isArray(value) ? value.map(record) : [];
}

/** @param {unknown} value */
export function finite(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** @param {unknown} value */
export function text(value) {
  return typeof value === "string" ? value : "";
}

/**
 * @param {unknown} value
 * @returns {import("./attributes.js").Attribute[]}
 */
export function readAttributes(value) {
  return list(value).map(readAttribute);
}

/**
 * @param {Record<string, unknown>} wire
 * @returns {import("./attributes.js").Attribute}
 */
export function readAttribute(wire) {
  return { key: text(wire.key), type: text(wire.type), value: wire.value };
}
