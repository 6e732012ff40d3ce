// The address of the trace list as it was last shown in this tab, so that the way back from a trace keeps the filter.

const KEY = "waterfall.list";

/** The list is shown at the current address. */
export function rememberListAddress() {
  try {
    sessionStorage.setItem(KEY, location.search);
  } catch {
    // Without storage the way back leads to the whole list.
  }
}

/** @returns {string} path and query; the whole list if this tab has not shown any */
export function listAddress() {
  try {
    const search = sessionStorage.getItem(KEY) ?? "";
    return search.startsWith("?") ? `/${search}` : "/";
  } catch {
    return "/";
  }
}
