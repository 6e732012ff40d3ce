// Status of the trace store, below the trace list.

import { formatBytes, plural } from "../model/duration.js";
import { getStatus } from "../net/api.js";
import { setText } from "./dom.js";

/** @param {HTMLElement} element */
export async function showStoreStatus(element) {
  try {
    const status = /** @type {Record<string, unknown>} */ (await getStatus());
    const number = (
      /** @type {string} */ key,
    ) => (typeof status[key] === "number" ? /** @type {number} */ (status[key]) : 0);
    const parts = [
      `${plural(number("traces"), "trace")} with ${plural(number("spans"), "span")} stored`,
      `${formatBytes(number("memory_bytes"))} in memory`,
    ];
    if (number("disk_bytes") > 0) parts.push(`${formatBytes(number("disk_bytes"))} on disk`);
    if (number("other_names") > 0) parts.push(`${plural(number("other_names"), "name")} indexed as other`);
    if (number("evicted_traces") > 0) parts.push(`${plural(number("evicted_traces"), "trace")} evicted`);
    if (number("damaged_files") > 0) parts.push(`${plural(number("damaged_files"), "corrupt file")} set aside`);
    setText(element, parts.join(" · "));
  } catch {
    setText(element, "");
  }
}
