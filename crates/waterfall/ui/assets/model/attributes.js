// Attributes in the groups of the semantic conventions, so that one finds `http.route` without reading thirty lines.

/** @typedef {{ key: string, type: string, value: unknown }} Attribute */
/** @typedef {{ title: string, attributes: Attribute[] }} AttributeGroup */

/** In the order of reading. */
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
 * The application's own first, then by convention; keys in order within a group.
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
 * The error stands before everything, then what the application says itself.
 * @param {string} title
 */
function rankOf(title) {
  if (title === "Error") return -1;
  return RANKS.get(title) ?? 0;
}

/**
 * A value as one line or block of text.
 * @param {Attribute} attribute
 * @returns {string}
 */
export function attributeText({ type, value }) {
  const plain = plainValue(type, value);
  if (typeof plain === "string") return plain;
  if (plain === null || plain === undefined) return "";
  return typeof plain === "object" ? JSON.stringify(plain, null, 2) : String(plain);
}

/** What is nested deeper than this is shown as it came. */
const MAX_NESTING = 20;

/**
 * Arrays and lists come with a type beside each value; people read them without.
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
