//! How likely it is that times and ids agree by chance.
//!
//! Two spans that nothing connects may lie within each other because the system is busy. Where that is likely, no pair is
//! claimed.

use crate::hash::HashSet;

/// The chance that of `tried` spans at least `pairs` fall into spans that take this share of the time, and have the same
/// id in their paths where `ids` has one for each pair.
pub(crate) fn of_pairs(pairs: usize, tried: usize, share: f64, ids: Option<&HashSet<&str>>) -> f64 {
    let same_id = ids.map_or(1.0, |ids| 1.0 / ratio(ids.len() as u64, 1).max(1.0));
    at_least(pairs, tried.max(pairs), share * same_id)
}

/// The chance of at least `hits` in `tries` of which each hits with chance `each`: no more than this (a union bound).
fn at_least(hits: usize, tries: usize, each: f64) -> f64 {
    let choices = (0..hits).map(|hit| ratio((tries - hit) as u64, (hit + 1) as u64));
    choices.fold(1.0, |chance, choice| chance * choice * each).min(1.0)
}

/// The chance that one of `tests` things happens of which each has this chance.
pub(crate) fn of_any(chance: f64, tests: usize) -> f64 {
    (chance * ratio(tests as u64, 1)).min(1.0)
}

/// The chance that `cut` of `all` ids that are ordered are the uppermost ones.
pub(crate) fn of_split(cut: usize, all: usize) -> f64 {
    let chances = (0..cut).map(|taken| ratio((cut - taken) as u64, (all - taken) as u64));
    chances.product()
}

/// The share of the time that the intervals take, or of the traces that begin within them: whichever is larger. So a burst
/// in a long idle time counts as the burst.
///
/// `starts`: of all traces, in order. `own`: those of the traces that the intervals belong to.
pub(crate) fn share(mut intervals: Vec<(u64, u64)>, starts: &[u64], own: &[u64]) -> f64 {
    let extent = starts.last().unwrap_or(&0) - starts.first().unwrap_or(&0);
    let mut merged: Vec<(u64, u64)> = Vec::new();
    intervals.sort_unstable();
    for (start, end) in intervals {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let begun = |times: &[u64], (start, end): &(u64, u64)| {
        times.partition_point(|time| time <= end) - times.partition_point(|time| time < start)
    };
    let is_within = |time: &u64| {
        let next = merged.partition_point(|(start, _)| start <= time);
        next > 0 && merged[next - 1].1 >= *time
    };
    let all: usize = merged.iter().map(|interval| begun(starts, interval)).sum();
    let others = all.saturating_sub(own.iter().filter(|time| is_within(time)).count());
    let covered: u64 = merged.iter().map(|(start, end)| end - start).sum();
    let by_time = ratio(covered, extent.max(1));
    let by_traces = ratio(others as u64, starts.len().saturating_sub(own.len()).max(1) as u64);
    by_time.max(by_traces).clamp(0.0, 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "a chance needs no more precision")]
fn ratio(part: u64, of: u64) -> f64 {
    part as f64 / of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poller_that_falls_into_requests_now_and_then_is_a_coincidence() {
        // 10 of 100 calls fall into requests that cover a tenth of the time.
        assert!(of_pairs(10, 100, 0.1, None) > 0.1);
        // 10 of 10 do.
        assert!(of_pairs(10, 10, 0.1, None) < 1e-9);
        // Three of three do, and ask for the same three ids.
        let ids = ["1", "2", "3"].into_iter().collect();
        assert!(of_pairs(3, 3, 1.0 / 3.0, Some(&ids)) < 0.005);
        assert!(of_pairs(3, 3, 1.0 / 3.0, None) > 0.005);
    }

    #[test]
    fn a_burst_in_a_long_idle_time_counts_as_the_burst() {
        let starts: Vec<u64> = (0..10).chain([1_000_000]).collect();
        assert!(share(vec![(0, 20)], &starts, &[]) > 0.9);
        assert!(share(vec![(500, 520)], &starts, &[]) < 0.001);
        // All that begins there belongs to the intervals.
        assert!(share(vec![(0, 20)], &starts, &starts[..10]) < 0.001);
    }

    #[test]
    fn time_that_is_covered_twice_counts_once() {
        let share = share(vec![(5, 9), (0, 6), (20, 21)], &[0, 100], &[0]);
        assert!((share - 0.1).abs() < 1e-9, "{share}");
    }
}
