// The address of the trace list as it was last shown in this tab, or in the tab that opened this one, so that the way
// back from a trace keeps the filter.

const KEY = "waterfall.list";

/** The list is shown at the current address. */
export function rememberListAddress() {
  try {
    sessionStorage.setItem(KEY, location.search);
  } catch {
    // Without storage the way back leads to the whole list.
  }
}

/** @returns {string} path and query; the whole list if neither tab has shown any */
export function listAddress() {
  const search = rememberedSearch() ?? searchOfReferrer(document.referrer, location.origin);
  return search.startsWith("?") ? `/${search}` : "/";
}

function rememberedSearch() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/**
 * The query of the list that linked here: the links of its rows send their page's address within this origin.
 * @param {string} referrer
 * @param {string} origin
 */
export function searchOfReferrer(referrer, origin) {
  return referrer.startsWith(`${origin}/?`) ? referrer.slice(origin.length + 1) : "";
}
