// Persists settings in local storage; without access to it, nothing is persisted.

/**
 * @param {string} key
 * @returns {import("../model/service-colors.js").Memory}
 */
export function persisted(key) {
  return {
    load() {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    save(text) {
      try {
        localStorage.setItem(key, text);
      } catch {
        // Not persisted.
      }
    },
  };
}
