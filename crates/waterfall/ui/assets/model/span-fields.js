// Field values of a span, as the query language reads them.

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./query.js").FieldReader} FieldReader */

/**
 * One reusable reader: searching 100,000 rows allocates no objects.
 * @param {Trace} trace
 * @param {Float64Array} self
 * @param {{ satisfies(row: number, term: import("./query.js").Term): boolean } | null} attributes if known
 */
export function spanFields(trace, self, attributes) {
  let row = 0;
  const lowerCase = new Map();
  /** @param {string} text */
  const lower = (text) => {
    let known = lowerCase.get(text);
    if (known === undefined) {
      known = text.toLowerCase();
      lowerCase.set(text, known);
    }
    return known;
  };
  /** @type {FieldReader & { at(row: number): FieldReader }} */
  const fields = {
    at(next) {
      row = next;
      return fields;
    },
    text(field) {
      switch (field) {
        case "service":
          return lower(trace.serviceOf(row));
        case "name":
          return lower(trace.names[row]);
        case "kind":
          return trace.kindOf(row);
        case "status":
          return trace.statusOf(row);
        case "note":
          return lower(trace.notes[row] ?? "");
        case "id":
          return trace.ids[row];
        case "":
          return [
            lower(trace.names[row]),
            lower(trace.serviceOf(row)),
            lower(trace.notes[row] ?? ""),
            lower(trace.messages.get(row) ?? ""),
            trace.ids[row],
            trace.isError(row) ? "error" : "",
          ];
        default:
          return [];
      }
    },
    number(field) {
      switch (field) {
        case "duration":
          return trace.length[row];
        case "self":
          return self[row];
        case "depth":
          return trace.depth[row] + 1;
        default:
          return null;
      }
    },
    attribute: (term) => attributes?.satisfies(row, term) ?? false,
  };
  return fields;
}
