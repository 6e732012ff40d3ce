// Groups span attributes by semantic convention, and formats attribute values as text.

/** @typedef {{ key: string, type: string, value: unknown }} Attribute */
/** @typedef {{ title: string, attributes: Attribute[] }} AttributeGroup */

/** Groups in display order, each with the attribute key prefixes that belong to it. */
const GROUPS = /** @type {const} */ ([
  ["Error", ["error", "exception"]],
  ["HTTP", ["http", "url", "user_agent"]],
  ["Database", ["db"]],
  ["Messaging", ["messaging"]],
  ["RPC", ["rpc"]],
  ["Generative AI", ["gen_ai"]],
  ["GraphQL", ["graphql"]],
  ["Cloud and FaaS", ["faas", "cloud", "aws", "gcp", "azure"]],
  ["Feature flags", ["feature_flag"]],
  ["Identity", ["enduser", "user", "session"]],
  ["Network", ["server", "client", "network", "net", "peer", "tls", "source", "destination"]],
  ["Code", ["code", "thread"]],
  ["Service", ["service", "deployment"]],
  ["Telemetry", ["telemetry", "otel"]],
  ["Process", ["process"]],
  ["Host", ["host", "os", "device", "system"]],
  ["Container", ["container", "k8s", "oci"]],
]);
const APPLICATION = "Application";

/** @type {Map<string, string>} */
const TITLES = new Map(GROUPS.flatMap(([title, prefixes]) => prefixes.map((prefix) => [prefix, title])));
/** @type {Map<string, number>} */
const RANKS = new Map(GROUPS.map(([title], place) => [title, place + 1]));

/**
 * Application attributes come first, then the convention groups; keys are sorted within a group.
 * @param {readonly Attribute[]} attributes
 * @returns {AttributeGroup[]}
 */
export function groupAttributes(attributes) {
  /** @type {Map<string, Attribute[]>} */
  const groups = new Map();
  for (const attribute of attributes) {
    const prefix = attribute.key.split(".", 1)[0] ?? "";
    const title = TITLES.get(prefix) ?? APPLICATION;
    const group = groups.get(title);
    if (group) group.push(attribute);
    else groups.set(title, [attribute]);
  }
  return [...groups]
    .sort(([a], [b]) => rankOf(a) - rankOf(b))
    .map(([title, members]) => ({
      title,
      attributes: members.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)),
    }));
}

/**
 * The error group ranks first, application attributes second.
 * @param {string} title
 */
function rankOf(title) {
  if (title === "Error") return -1;
  return RANKS.get(title) ?? 0;
}

/**
 * The value as display text; lists of plain values are one line, other structured values become JSON.
 * @param {Attribute} attribute
 * @returns {string}
 */
export function attributeText({ type, value }) {
  const plain = plainValue(type, value);
  if (typeof plain === "string") return plain;
  if (plain === null || plain === undefined) return "";
  if (typeof plain !== "object") return String(plain);
  return isPlainList(plain)
    ? `[${plain.map((item) => JSON.stringify(item)).join(", ")}]`
    : JSON.stringify(plain, null, 2);
}

/**
 * @param {object} value
 * @returns {value is unknown[]}
 */
function isPlainList(value) {
  return Array.isArray(value) && value.every((item) => item === null || typeof item !== "object");
}

/** Deeper nesting is shown unconverted. */
const MAX_NESTING = 20;

/**
 * Strips the type wrappers from array and kvlist values.
 * @param {string} type
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {unknown}
 */
function plainValue(type, value, depth = 0) {
  if (!Array.isArray(value) || depth > MAX_NESTING) return value;
  if (type === "array") {
    return value.map((item) => (isTyped(item) ? plainValue(item.type, item.value, depth + 1) : item));
  }
  if (type === "kvlist") {
    return Object.fromEntries(
      value.filter(isTyped).map((item) => [String(item.key), plainValue(item.type, item.value, depth + 1)]),
    );
  }
  return value;
}

/**
 * @param {unknown} item
 * @returns {item is { type: string, value: unknown, key?: unknown }}
 */
function isTyped(item) {
  return item !== null && typeof item === "object" &&
    typeof (/** @type {Record<string, unknown>} */ (item).type) === "string" && "value" in item;
}
