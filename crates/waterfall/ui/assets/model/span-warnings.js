// Warnings about inconsistent spans, and their texts.

/** @type {Record<string, { label: string, meaning: string }>} */
const WARNINGS = {
  duplicate: { label: "duplicate ID", meaning: "Another span in this trace has the same ID" },
  cycle: { label: "cycle", meaning: "Its ancestors lead back to itself; the cycle was cut here" },
  negative_duration: { label: "ends before start", meaning: "The reported end time is before the start time" },
  shared_id: {
    label: "shared ID",
    meaning: "Shares its ID with the client span of the same call, as Zipkin clients do",
  },
  no_start_time: { label: "no start time", meaning: "Reported without a start time" },
  implausible_time: { label: "implausible time", meaning: "Starts or ends in 2100 or later" },
  invalid_parent: {
    label: "invalid parent ID",
    meaning: "The parent ID is not a valid span ID, so the span is shown as a root",
  },
};

/**
 * @param {string} flag
 * @returns {{ label: string, meaning: string }}
 */
export function describeWarning(flag) {
  return WARNINGS[flag] ?? { label: flag.replaceAll("_", " "), meaning: "" };
}
