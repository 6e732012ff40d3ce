// The trace list's filter text. The server evaluates it, because it knows all spans and attributes. Filters of plain
// words are also matched locally against the listed services, ids and status codes.

/** @typedef {import("./trace-list.js").TraceSummary} TraceSummary */

const UNFINISHED = /(?:^|\s)-?[^\s"=<>~!:]+(?:!=?|!~|>=|<=|=|>|<|~)$/;
const DURATION = /(?:^|\s)-?duration(?:[<>]=?|!?=|:)/;
const WORDS = /^[^\s"=<>~!:*-][^\s"=<>~!:*]*(?:\s+[^\s"=<>~!:*-][^\s"=<>~!:*]*)*$/;

/**
 * The filter without a trailing term that is still being typed.
 * @param {string} text
 * @returns {string} empty if no term is complete
 */
export function completeTerms(text) {
  return text.replace(UNFINISHED, "").trim();
}

/**
 * What the server is asked for: once the text was submitted, an unfinished term is an error that the reader must see.
 * @param {string} text
 * @param {string} submitted text for which Enter was pressed, or with which the page was opened
 */
export function queryOf(text, submitted) {
  return text === submitted ? text.trim() : completeTerms(text);
}

/**
 * @param {string} text
 * @returns {string[] | null} in lower case; null if the filter has more than plain words
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
 * What the duration in a filter is of: of a trace it lists, it need not be the duration.
 * @param {string} text
 * @returns {string} empty if the filter has no duration of a span
 */
export function durationHint(text) {
  return DURATION.test(text) ? "duration is that of any span, trace.duration that of the trace" : "";
}

/**
 * Quotes a value for use in a filter.
 * @param {string} value
 */
export function quoteValue(value) {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
