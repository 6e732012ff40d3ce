// Short form of a trace or span ID: its first 8 digits. Leading zeros are kept, so that the whole ID contains it.

/** @param {string} id */
export function shortId(id) {
  return id.slice(0, 8);
}
