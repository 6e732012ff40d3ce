// How many traces there are, how far back a search has come, and what is offered beneath them.

import { formatAgo } from "../model/clock.js";
import { plural } from "../model/duration.js";
import { shownTime } from "./time-zone.js";

/** @typedef {import("../model/feed.js").TraceSummary} TraceSummary */
/** @typedef {import("../model/search-run.js").SearchRun} SearchRun */

/**
 * @param {readonly TraceSummary[]} traces that are shown
 * @param {SearchRun | null} run the search that found them
 */
export function feedCount(traces, run) {
  const failed = traces.filter(({ errors }) => errors > 0).length;
  const errors = failed > 0 ? `, ${failed} with errors` : "";
  const count = plural(traces.length, "trace");
  switch (run?.state) {
    case undefined:
      return count + errors;
    case "asking":
    case "searching":
    case "resting":
      return `Searched back to ${timeOf(run?.reached ?? null)} · ${traces.length} found${errors}${
        run?.goesOn ? " …" : ""
      }`;
    case "full":
      return `${count} found${errors}: the newest that match`;
    default:
      return `${count} found${errors}`;
  }
}

/**
 * @param {import("../model/search-run.js").SearchState} state
 * @param {boolean} roomy whether the list takes more
 * @returns {string} nothing where there is nothing more
 */
export function moreText(state, roomy) {
  if (state === "resting") return "Search further back";
  return state === "full" && roomy ? "Show more" : "";
}

/**
 * @param {bigint | null} nanos
 * @returns {string} `14:03:07, 3 h ago`
 */
function timeOf(nanos) {
  return nanos === null ? "the start" : `${shownTime(nanos).slice(0, 8)}, ${formatAgo(nanos, Date.now())}`;
}
