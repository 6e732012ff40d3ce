// The rows of a trace as the server sends them, in columns, made from one object a row and back.

import { readTrace } from "../assets/model/read-trace.js";
import { KINDS, STATUSES } from "../assets/model/trace.js";

const DENSE = ["id", "name", "service", "kind", "start", "duration", "depth"];

/**
 * The response for a trace whose `rows` are objects.
 * @param {any} wire
 */
export function responseOf(wire) {
  return { ...wire, rows: columnsOf(wire.rows) };
}

/** @param {any} wire */
export function readTraceOf(wire) {
  return readTrace(responseOf(wire));
}

/**
 * @param {any[]} rows what a row leaves out has its usual value
 * @returns {object} the columns
 */
export function columnsOf(rows) {
  const names = [...new Set(rows.map(({ name }) => name ?? ""))];
  const places = new Map(names.map((name, at) => [name, at]));
  const columns = {
    id: rows.map(({ id }) => id ?? ""),
    names,
    name: rows.map(({ name }) => places.get(name ?? "")),
    service: rows.map(({ service }) => service ?? null),
    kind: rows.map(({ kind }) => KINDS.indexOf(kind ?? "internal")),
    start: rows.map(({ start }) => start ?? 0),
    duration: rows.map(({ duration }) => duration ?? 0),
    depth: rows.map(({ depth }) => depth ?? 0),
  };
  const sparse = new Set(rows.flatMap((row) => Object.keys(row).filter((key) => !DENSE.includes(key))));
  for (const key of sparse) {
    const having = rows.map((row, at) => ({ at, value: row[key] })).filter(({ value }) => value !== undefined);
    const value = having.map(({ value }) => (key === "status" ? STATUSES.indexOf(value) : value));
    Object.assign(columns, { [key]: { row: having.map(({ at }) => at), value } });
  }
  return columns;
}

/**
 * @param {any} columns
 * @returns {any[]} one object a row
 */
export function rowsOf(columns) {
  const { names, ...rest } = columns;
  return columns.id.map((/** @type {string} */ _, /** @type {number} */ row) => {
    const fields = Object.entries(rest).flatMap(([key, column]) => {
      if (Array.isArray(column)) return [[key, column[row]]];
      const at = column.row.indexOf(row);
      return at < 0 ? [] : [[key, column.value ? column.value[at] : true]];
    });
    const { name, kind, status, ...others } = Object.fromEntries(fields);
    return { ...others, name: names[name], kind: KINDS[kind], status: STATUSES[status ?? 0] };
  });
}
