// What can be odd about a span, and the words for it.

/** @type {Record<string, { label: string, meaning: string }>} */
const WARNINGS = {
  duplicate: { label: "duplicate id", meaning: "Another span of the trace has the same id" },
  cycle: { label: "cycle", meaning: "Its parents lead back to itself: the tree is cut here" },
  negative_duration: { label: "ends before start", meaning: "It says that it ended before it started" },
  shared_id: {
    label: "shared id",
    meaning: "It shares its id with the client half of the same call, as Zipkin's clients do",
  },
  no_start_time: { label: "no start time", meaning: "It came without a start time" },
  implausible_time: { label: "implausible time", meaning: "It says that it starts or ends in 2100 or later" },
  invalid_parent: {
    label: "invalid parent id",
    meaning: "It names a parent by something that is no span id, and so stands at the top",
  },
};

/**
 * @param {string} flag
 * @returns {{ label: string, meaning: string }}
 */
export function describeWarning(flag) {
  return WARNINGS[flag] ?? { label: flag.replaceAll("_", " "), meaning: "" };
}
