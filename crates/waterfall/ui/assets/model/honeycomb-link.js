// The address of a trace in Honeycomb, for a server that says which team and environment have the same traces.

/** Of an environment's pages; a classic team has none. */
const PAGES = /^https:\/\/ui(\.eu1)?\.honeycomb\.io\/[\w-]+(\/environments\/[\w-]+)?$/;

/** Honeycomb looks for the trace within these times; clocks of services differ. */
const MARGIN_SECONDS = 60n;
const NANOS = 1_000_000_000n;

/**
 * https://docs.honeycomb.io/investigate/collaborate/share-trace/
 * @param {unknown} status of the server
 * @param {{ id: string, reportedStart: bigint, duration: number }} trace
 * @param {string} service of the root span: its spans are in a dataset of that name
 * @returns {string | null} null without a team, or for a trace whose service has no name
 */
export function honeycombLink(status, trace, service) {
  const { honeycomb: pages } = /** @type {{ honeycomb?: unknown }} */ (status ?? {});
  const dataset = datasetOf(service);
  if (typeof pages !== "string" || !PAGES.test(pages) || dataset === "") return null;
  const end = trace.reportedStart + BigInt(Math.ceil(trace.duration));
  const query = new URLSearchParams({
    trace_id: trace.id,
    trace_start_ts: String(trace.reportedStart / NANOS - MARGIN_SECONDS),
    trace_end_ts: String(end / NANOS + MARGIN_SECONDS),
  });
  return `${pages}/datasets/${encodeURIComponent(dataset)}/trace?${query}`;
}

/** @param {string} service */
function datasetOf(service) {
  const name = service.trim();
  return name.startsWith("unknown_service") ? "unknown_service" : name;
}
