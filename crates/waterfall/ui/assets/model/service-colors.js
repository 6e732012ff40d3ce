// Assigns palette colours to services. The colour is a hash of the name, so it is the same on every page, in every
// browser and with every load. Within one trace, services whose hashes collide get different colours as long as there
// are any left; which ones move depends on nothing but the names.

/** Number of colours in `style/base.css`. */
export const COLORS = 12;
/** Chosen so that the hashes of no two services of Cruddur, and of few common names, collide. */
const SEED = 23_631;

export class ServiceColors {
  constructor() {
    /**
     * Colours of the services that are shown together.
     * @type {Map<string, number>}
     */
    this.apart = new Map();
  }

  /**
   * @param {string} service
   * @returns {number} 0 to COLORS - 1
   */
  of(service) {
    return this.apart.get(service) ?? usualColor(service);
  }

  /**
   * Keeps the colours of services that are shown together apart. A service keeps its usual colour unless another one
   * has it, which is the one that comes first by name. Those that were kept apart before keep theirs, so that a service
   * that arrives late recolours none.
   * @param {readonly string[]} services
   */
  keepApart(services) {
    const late = [...new Set(services)].filter((service) => service !== "" && !this.apart.has(service)).sort();
    const uses = new Array(COLORS).fill(0);
    for (const color of this.apart.values()) uses[color] += 1;
    const moved = late.filter((service) => {
      const usual = usualColor(service);
      if (uses[usual] > 0) return true;
      uses[usual] += 1;
      this.apart.set(service, usual);
      return false;
    });
    for (const service of moved) {
      const color = leastUsed(uses, usualColor(service));
      uses[color] += 1;
      this.apart.set(service, color);
    }
    return this;
  }
}

/**
 * The colour of a service wherever it is not shown together with one that has the same.
 * @param {string} service
 */
export function usualColor(service) {
  return hash(service) % COLORS;
}

/**
 * @param {number[]} uses of each colour
 * @param {number} from the first one considered
 */
function leastUsed(uses, from) {
  const least = Math.min(...uses);
  let color = from;
  while (uses[color] > least) color = (color + 1) % COLORS;
  return color;
}

/**
 * FNV-1a with a final mix, as its low bits alone depend on few bits of the name.
 * @param {string} text
 */
function hash(text) {
  let value = (0x811c9dc5 ^ SEED) >>> 0;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
