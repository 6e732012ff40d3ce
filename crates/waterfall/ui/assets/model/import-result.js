// Result of an import.

import { finite, record, text } from "./wire.js";

/** @typedef {{ traces: string[], spans: number, rejected: number, message: string }} ImportResult */

/**
 * @param {unknown} json response of `/api/ui/import`
 * @returns {ImportResult}
 */
export function readImportResult(json) {
  const wire = record(json);
  const traces = Array.isArray(wire.traces)
    ? wire.traces.filter((id) => typeof id === "string" && /^[0-9a-f]{32}$/.test(id))
    : [];
  return { traces, spans: finite(wire.spans), rejected: finite(wire.rejected), message: text(wire.message) };
}
