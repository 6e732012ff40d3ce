// Status line of the trace list (number of traces, progress of a search), and the label of the button below it.

import { formatAgo } from "../model/timestamp.js";
import { plural } from "../model/duration.js";
import { formatTimeOfDay } from "./time-zone.js";

/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */
/** @typedef {import("../model/incremental-search.js").IncrementalSearch} IncrementalSearch */

/**
 * @param {readonly TraceSummary[]} traces the listed traces
 * @param {IncrementalSearch | null} run the search, if a filter is set
 */
export function traceCountText(traces, run) {
  const failed = traces.filter(({ errors }) => errors > 0).length;
  const errors = failed > 0 ? `, ${failed} with errors` : "";
  const count = plural(traces.length, "trace");
  switch (run?.state) {
    case undefined:
      return count + errors;
    case "started":
    case "searching":
    case "suspended":
      return `Searched back to ${timeOf(run?.reachedNano ?? null)} · ${traces.length} found${errors}${
        run?.shouldContinue ? " …" : ""
      }`;
    case "limited":
      return `${count} found${errors} (newest first, more match)`;
    default:
      return `${count} found${errors}`;
  }
}

/**
 * @param {import("../model/incremental-search.js").SearchState} state
 * @param {boolean} roomy whether the list is below its maximum length
 * @returns {string} empty if there is nothing more to show
 */
export function moreButtonText(state, roomy) {
  if (state === "suspended") return "Search older traces";
  return state === "limited" && roomy ? "Show more" : "";
}

/**
 * @param {bigint | null} nanos
 * @returns {string} `14:03:07, 3 h ago`
 */
function timeOf(nanos) {
  return nanos === null ? "the start" : `${formatTimeOfDay(nanos).slice(0, 8)}, ${formatAgo(nanos, Date.now())}`;
}
