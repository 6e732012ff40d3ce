// Status line of the trace list (number of traces, progress of a search), and the label of the button below it.

import { formatAgo } from "../model/timestamp.js";
import { plural } from "../model/duration.js";
import { durationHint } from "../model/trace-filter.js";
import { hasFailed } from "../model/trace-list.js";
import { formatTimeOfDay } from "./time-zone.js";

/** @typedef {import("../model/trace-list.js").TraceSummary} TraceSummary */
/** @typedef {import("../model/incremental-search.js").IncrementalSearch} IncrementalSearch */

/**
 * @param {readonly TraceSummary[]} traces the listed traces
 * @param {IncrementalSearch | null} run the search, if a filter is set
 * @returns {string} empty if the filter is not valid: nothing was searched
 */
export function traceCountText(traces, run) {
  if (run?.problem) return "";
  const hint = durationHint(run?.query ?? "");
  return foundText(traces, run) + (hint ? ` · ${hint}` : "");
}

/**
 * @param {readonly TraceSummary[]} traces
 * @param {IncrementalSearch | null} run
 */
function foundText(traces, run) {
  const failed = traces.filter(hasFailed).length;
  const determined = traces.every((trace) => trace.failed !== null);
  const errors = failed > 0 ? `, ${failed} ${determined ? "failed" : "with errors"}` : "";
  const count = plural(traces.length, "trace");
  switch (run?.state) {
    case undefined:
      return count + errors;
    case "suspended":
      if (run?.failure) return `The search stopped: ${run.failure}. ${count} found${errors} so far`;
      return `Searched back to ${timeOf(run?.reachedNano ?? null)} · ${traces.length} found${errors}`;
    case "started":
    case "searching":
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
 * @param {boolean} failed whether the search stopped because the server did not answer
 * @returns {string} empty if there is nothing more to show
 */
export function moreButtonText(state, roomy, failed) {
  if (state === "suspended") return failed ? "Continue the search" : "Search older traces";
  return state === "limited" && roomy ? "Show more" : "";
}

/**
 * @param {bigint | null} nanos
 * @returns {string} `14:03:07, 3 h ago`
 */
function timeOf(nanos) {
  return nanos === null ? "the start" : `${formatTimeOfDay(nanos).slice(0, 8)}, ${formatAgo(nanos, Date.now())}`;
}
