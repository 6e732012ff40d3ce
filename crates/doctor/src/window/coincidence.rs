//! How likely it is that times and ids agree by chance.
//!
//! Two spans that nothing connects may lie within each other because the system is busy. Where that is likely, no pair is
//! claimed.

use std::collections::HashSet;

/// The chance that `pairs` spans all fall into the spans of another service, which cover `covered` of `extent`
/// nanoseconds, and have the same id in their paths where `ids` has one for each pair.
pub(crate) fn of_pairs(pairs: usize, covered: u64, extent: u64, ids: Option<&HashSet<&str>>) -> f64 {
    let share = ratio(covered, extent.max(1)).clamp(0.0, 1.0);
    let same_id = ids.map_or(1.0, |ids| 1.0 / ratio(ids.len() as u64, 1).max(1.0));
    (share * same_id).powi(i32::try_from(pairs).unwrap_or(i32::MAX))
}

/// The chance that `cut` of `all` ids that are ordered are the uppermost ones.
pub(crate) fn of_split(cut: usize, all: usize) -> f64 {
    let chances = (0..cut).map(|taken| ratio((cut - taken) as u64, (all - taken) as u64));
    chances.product()
}

/// Nanoseconds that at least one of the intervals covers.
pub(crate) fn covered(mut intervals: Vec<(u64, u64)>) -> u64 {
    intervals.sort_unstable();
    let (mut sum, mut reached) = (0, 0);
    for (start, end) in intervals {
        let from = start.max(reached);
        sum += end.saturating_sub(from);
        reached = reached.max(end);
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "a chance needs no more precision")]
fn ratio(part: u64, of: u64) -> f64 {
    part as f64 / of as f64
}
