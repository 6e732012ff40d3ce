// JSON text as a tree to fold. Literals are kept as they are written: a number beyond 2^53 is not rounded.

/** Longer or deeper text, or one with more values, is shown as it is. */
const MAX_CHARS = 100_000;
const MAX_DEPTH = 60;
const MAX_VALUES = 5_000;
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g;

/**
 * @typedef {object} JsonNode
 * @property {string} key as written, with quotes; empty in an array and at the top
 * @property {string} text a literal; empty for an object or array
 * @property {"{" | "[" | ""} open
 * @property {JsonNode[]} children
 */

/**
 * @param {string} text
 * @returns {JsonNode | null} null unless the text is a JSON object or array within the bounds
 */
export function parseJsonText(text) {
  if (text.length > MAX_CHARS || !/^\s*[[{]/.test(text) || !isJson(text)) return null;
  const tokens = text.match(TOKEN) ?? [];
  /** @type {JsonNode} */
  const top = { key: "", text: "", open: "[", children: [] };
  const open = [top];
  let key = "";
  let values = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === "," || token === ":") continue;
    if (token === "]" || token === "}") {
      open.pop();
      continue;
    }
    if (tokens[at + 1] === ":") {
      key = token;
      continue;
    }
    const bracket = token === "{" || token === "[" ? token : "";
    /** @type {JsonNode} */
    const node = { key, text: bracket ? "" : token, open: bracket, children: [] };
    open.at(-1)?.children.push(node);
    key = "";
    values += 1;
    if (bracket) open.push(node);
    if (values > MAX_VALUES || open.length > MAX_DEPTH) return null;
  }
  return top.children[0] ?? null;
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A folded value in one line.
 * @param {JsonNode} node
 */
export function foldedText({ open, children }) {
  const count = children.length;
  if (open === "[") return `[ ${count} ${count === 1 ? "item" : "items"} ]`;
  return `{ ${count} ${count === 1 ? "key" : "keys"} }`;
}
