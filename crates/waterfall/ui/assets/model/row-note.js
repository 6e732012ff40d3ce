// The note beside a row's name: its status code, operation or kind of error, unless the row says it already.

/** @typedef {import("./trace.js").Trace} Trace */

/**
 * @param {Trace} trace
 * @param {number} row
 * @returns {string} empty if the name or the error message begins with it
 */
export function noteOf(trace, row) {
  const note = trace.notes[row] ?? "";
  const begins = (/** @type {string} */ text) => text === note || text.startsWith(`${note} `);
  return note === "" || begins(trace.names[row]) || begins(trace.messages.get(row) ?? "") ? "" : note;
}
