// Persists settings in local storage; without access to it, nothing is persisted.

/** @typedef {{ load(): string | null, save(text: string): void }} Memory */

/**
 * @param {string} key
 * @returns {Memory}
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
