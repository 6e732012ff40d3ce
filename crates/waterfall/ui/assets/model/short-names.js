// Names without a long prefix that all comparable names of the trace share: beside
// `com.example.platform.carts.CartService/Add`, `com.example.platform.orders.OrderService/Get` is
// `…orders.OrderService/Get`.

/** @typedef {import("./trace.js").Trace} Trace */

/** Shorter names fit beside the bars of a trace. */
const LONG_CHARS = 28;
/** Shorter names fit in a box of the service map, a row of a table, a chip of the trace list. */
export const NARROW_CHARS = 16;
/** Shorter names fit in the column of root spans of the trace list, and of operations of the services page. */
export const COLUMN_CHARS = 40;
/** A shorter prefix is worth keeping. */
const MIN_PREFIX_CHARS = 12;
/** A separator ends a part of a name. */
const SEPARATORS = "./:";

/** @type {WeakMap<Trace, ShortNames>} */
const known = new WeakMap();

/**
 * The short names of a trace, computed on first use.
 * @param {Trace} trace
 */
export function shortNames(trace) {
  const names = known.get(trace) ?? new ShortNames(trace.names, trace.services);
  known.set(trace, names);
  return names;
}

export class ShortNames {
  /**
   * @param {readonly string[]} spans
   * @param {readonly string[]} services
   * @param {number} serviceChars names of services of up to this many characters fit
   * @param {number} spanChars the same for names of spans
   */
  constructor(spans, services, serviceChars = LONG_CHARS, spanChars = serviceChars) {
    this.serviceChars = serviceChars;
    this.spanChars = spanChars;
    this.spanPrefixes = sharedPrefixes(spans, spanChars);
    this.servicePrefixes = sharedPrefixes(services, serviceChars);
  }

  /** @param {string} name */
  span(name) {
    return shorten(name, this.spanPrefixes, this.spanChars);
  }

  /** @param {string} name */
  service(name) {
    return shorten(name, this.servicePrefixes, this.serviceChars);
  }
}

/**
 * A frame's operation and called service.
 * @param {{ operation: string, called: string }} frame
 * @param {ShortNames} short
 */
export function shortCall({ operation, called }, short) {
  const name = short.span(operation) || "(no name)";
  return called ? `${name} → ${short.service(called)}` : name;
}

/**
 * For each first part of the long names, the prefix that all names with it share.
 * @param {readonly string[]} names
 * @param {number} longChars
 * @returns {Map<string, string>}
 */
function sharedPrefixes(names, longChars) {
  /** @type {Map<string, { example: string, prefix: string }>} */
  const groups = new Map();
  for (const name of names) {
    const first = firstPart(name, longChars);
    if (first === "") continue;
    const group = groups.get(first);
    if (!group) groups.set(first, { example: name, prefix: name });
    else if (name !== group.example) group.prefix = commonPrefix(group.prefix, name);
  }
  /** @type {Map<string, string>} */
  const prefixes = new Map();
  for (const [first, { example, prefix }] of groups) {
    if (prefix !== example && prefix.length >= MIN_PREFIX_CHARS) prefixes.set(first, prefix);
  }
  return prefixes;
}

/**
 * @param {string} name
 * @param {Map<string, string>} prefixes
 * @param {number} longChars
 */
function shorten(name, prefixes, longChars) {
  const prefix = prefixes.size > 0 ? prefixes.get(firstPart(name, longChars)) : undefined;
  return prefix === undefined ? name : `…${name.slice(prefix.length)}`;
}

/**
 * @param {string} name
 * @param {number} longChars
 * @returns {string} empty if the name is short, or has one part
 */
function firstPart(name, longChars) {
  if (name.length <= longChars) return "";
  // Scheme and host of a URL, or the leading slash of a path, are no part of their own.
  for (let at = 1; at < name.length; at += 1) {
    if (SEPARATORS.includes(name[at]) && !SEPARATORS.includes(name[at + 1] ?? "")) return name.slice(0, at + 1);
  }
  return "";
}

/**
 * The longest common prefix that ends with a separator and leaves something of both names.
 * @param {string} a a name, or a prefix of several
 * @param {string} b
 */
function commonPrefix(a, b) {
  if (SEPARATORS.includes(a.at(-1) ?? "") && b.length > a.length && b.startsWith(a)) return a;
  let length = 0;
  const most = Math.min(a.length, b.length) - 1;
  while (length < most && a[length] === b[length]) length += 1;
  while (length > 0 && !SEPARATORS.includes(a[length - 1])) length -= 1;
  return a.slice(0, length);
}
