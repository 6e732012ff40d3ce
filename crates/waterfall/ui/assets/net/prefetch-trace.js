// Requests the trace before the modules have loaded, so that a large response is already on its way.
// A classic script, since modules are deferred, and above the style sheets, which would hold it up.
// `prefetched-trace.js` picks up the response.
{
  const id = location.pathname.split("/").pop() ?? "";
  const page =
    /** @type {Window & { prefetchedTrace?: Promise<{ json: unknown, tag: string | null } | null> }} */ (window);
  const clocks = new URLSearchParams(location.search).get("clocks") === "corrected" ? "?clocks=corrected" : "";
  page.prefetchedTrace = fetch(`/api/ui/traces/${id.toLowerCase()}${clocks}`, {
    headers: { accept: "application/json" },
  }).then(
    async (response) => (response.ok ? { json: await response.json(), tag: response.headers.get("etag") } : null),
  );
  // A failure is not reported: the page retries.
  page.prefetchedTrace.catch(() => {});
}
