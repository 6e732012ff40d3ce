// Round durations for the labels of a logarithmic axis.

/** Above 10 s durations are counted in minutes, hours and days. */
export const LONG_UNITS = [60, 600, 3_600, 21_600, 86_400, 864_000, 8_640_000, 86_400_000].map((seconds) =>
  seconds * 1e9
);

/**
 * Powers of ten up to 10 s, then minutes, hours and days; with `fine` also 2 and 5 times the powers of ten.
 * @param {number} low decimal logarithm of nanoseconds
 * @param {number} high
 * @param {boolean} fine
 * @returns {number[]} nanoseconds, ascending
 */
export function roundDurations(low, high, fine) {
  const round = [];
  for (let power = Math.max(0, Math.floor(low)); power <= Math.min(10, Math.floor(high)); power += 1) {
    for (const factor of fine ? [1, 2, 5] : [1]) round.push(factor * 10 ** power);
  }
  return [...round.filter((value) => value < LONG_UNITS[0]), ...LONG_UNITS].filter((value) => {
    const log = Math.log10(value);
    return log >= low && log <= high;
  });
}
