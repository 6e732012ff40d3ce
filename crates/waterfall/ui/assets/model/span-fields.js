// Field values of a span, as the query language reads them.

/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./query.js").FieldReader} FieldReader */

/**
 * One reusable reader: searching 100,000 rows allocates no objects.
 * @param {Trace} trace
 * @param {Float64Array} self
 * @param {import("./span-index.js").SpanIndex | null} index attributes, if loaded
 */
export function spanFields(trace, self, index) {
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
            ...(index?.words(row) ?? []),
          ];
        default:
          return index?.values(row, field) ?? [];
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
  };
  return fields;
}
