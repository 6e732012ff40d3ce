// Assigns palette colours to services, the same on every page. A new service takes the next free colour, so the first
// twelve services never share one.

/** Number of colours in `style/base.css`. */
export const COLORS = 12;
/** Bound of the persisted list; further services get a colour by hash. */
const MAX_PERSISTED = 400;

/** @typedef {{ load(): string | null, save(text: string): void }} Memory */

export class ServiceColors {
  /** @param {Memory} memory */
  constructor(memory) {
    this.memory = memory;
    this.names = readNames(memory.load());
  }

  /**
   * @param {string} service
   * @returns {number} 0 to COLORS - 1
   */
  of(service) {
    let place = this.names.indexOf(service);
    if (place < 0) {
      // Another page may have added services.
      this.names = readNames(this.memory.load()) ?? this.names;
      place = this.names.indexOf(service);
    }
    if (place < 0) {
      if (this.names.length >= MAX_PERSISTED) return hash(service) % COLORS;
      place = this.names.push(service) - 1;
      this.memory.save(JSON.stringify(this.names));
    }
    return place % COLORS;
  }
}

/**
 * @param {string | null} text
 * @returns {string[]}
 */
function readNames(text) {
  try {
    const names = JSON.parse(text ?? "[]");
    return Array.isArray(names) ? names.filter((name) => typeof name === "string").slice(0, MAX_PERSISTED) : [];
  } catch {
    return [];
  }
}

/** @param {string} text */
function hash(text) {
  let value = 0;
  for (let at = 0; at < text.length; at += 1) value = (value * 31 + text.charCodeAt(at)) >>> 0;
  return value;
}
