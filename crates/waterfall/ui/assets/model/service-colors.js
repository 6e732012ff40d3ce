// Assigns palette colours to services: the same on every page, and different within one trace as long as there are any
// left.

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
    /**
     * Colours of the services that are shown together, where they were kept apart.
     * @type {Map<string, number>}
     */
    this.apart = new Map();
  }

  /**
   * @param {string} service
   * @returns {number} 0 to COLORS - 1
   */
  of(service) {
    return this.apart.get(service) ?? this.#usual(service);
  }

  /**
   * Keeps the colours of services that are shown together apart. A service keeps its usual colour unless another one
   * has it; those that were kept apart before keep theirs, so that a service that arrives late recolours none.
   * @param {readonly string[]} services
   */
  keepApart(services) {
    const late = services.filter((service) => service !== "" && !this.apart.has(service));
    const uses = new Array(COLORS).fill(0);
    for (const color of this.apart.values()) uses[color] += 1;
    const without = late.filter((service) => {
      const usual = this.#usual(service);
      if (uses[usual] > 0) return true;
      uses[usual] += 1;
      this.apart.set(service, usual);
      return false;
    });
    for (const service of without) {
      const color = uses.indexOf(Math.min(...uses));
      uses[color] += 1;
      this.apart.set(service, color);
    }
  }

  /**
   * The colour on pages of many traces: a new service takes the next one.
   * @param {string} service
   */
  #usual(service) {
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
