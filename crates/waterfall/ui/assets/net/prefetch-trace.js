// Asks for the trace before the modules are there: a large answer is on its way while they load.
// No module, since those wait; `prefetched-trace.js` takes what comes.
{
  const id = location.pathname.split("/").pop() ?? "";
  const page =
    /** @type {Window & { prefetchedTrace?: Promise<{ json: unknown, tag: string | null } | null> }} */ (window);
  page.prefetchedTrace = fetch(`/api/ui/traces/${id.toLowerCase()}`, { headers: { accept: "application/json" } }).then(
    async (response) => (response.ok ? { json: await response.json(), tag: response.headers.get("etag") } : null),
  );
  // Whoever takes it asks again after a failure; nobody else is to be told.
  page.prefetchedTrace.catch(() => {});
}
