// Reads untyped JSON responses: every reader returns a value of its type, whatever the input.

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

/** @param {unknown} value */
export function texts(value) {
  return Array.isArray(value) ? value.map(text) : [];
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
