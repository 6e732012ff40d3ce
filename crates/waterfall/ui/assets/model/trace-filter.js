// The filter over traces. The server answers it: it knows every span and attribute that it keeps. Bare words alone are
// looked for in what the list itself says of a trace as well: its services, its id, its status.

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */

const UNFINISHED = /(?:^|\s)-?[^\s"=<>~!:]+(?:!=?|!~|>=|<=|=|>|<|~)$/;
const WORDS = /^[^\s"=<>~!:*-][^\s"=<>~!:*]*(?:\s+[^\s"=<>~!:*-][^\s"=<>~!:*]*)*$/;

/**
 * What of a filter is to be asked: all but a last term that is still being written.
 * @param {string} text
 * @returns {string} empty where nothing is
 */
export function completeTerms(text) {
  return text.replace(UNFINISHED, "").trim();
}

/**
 * @param {string} text
 * @returns {string[] | null} lower case; null where there is more than bare words
 */
export function bareWords(text) {
  return WORDS.test(text) ? text.toLowerCase().split(/\s+/) : null;
}

/**
 * @param {TraceSummary} trace
 * @param {string[]} words
 */
export function matchesWords(trace, words) {
  const fields = [
    trace.rootName,
    trace.rootService,
    ...trace.services.map(({ name }) => name),
    trace.id,
    trace.errors > 0 ? "error" : "",
    String(trace.statusCode ?? ""),
  ].map((text) => text.toLowerCase());
  return words.every((word) => fields.some((text) => text.includes(word)));
}

/**
 * A value as the filter reads it back, whatever is in it.
 * @param {string} value
 */
export function quoteValue(value) {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
