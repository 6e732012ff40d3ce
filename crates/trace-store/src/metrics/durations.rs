//! Counts and percentiles of durations, in total and in equal intervals.

use std::time::SystemTime;

use trace_model::Nanos;

use super::{
    query::MetricsQuery,
    sample::{Outcome, Sample},
};

/// Intervals of a series.
const MAX_INTERVALS: usize = 240;
/// Default range of a series: the last day that has spans.
const DAY: u64 = 86_400_000_000_000;

/// Durations in nanoseconds. Percentiles are exact, by nearest rank: the smallest duration that is at least as long as
/// that share of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Durations {
    pub spans: u64,
    pub errors: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
}

/// Collects durations. It is reused, so that its memory is allocated once.
#[derive(Default)]
pub(super) struct DurationsBuilder {
    durations: Vec<u64>,
    errors: u64,
}

impl DurationsBuilder {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.durations.push(outcome.duration());
        self.errors += u64::from(outcome.failed());
    }

    /// The statistics of all durations since the last call.
    pub(super) fn take(&mut self) -> Durations {
        let durations = Durations::of(&mut self.durations, std::mem::take(&mut self.errors));
        self.durations.clear();
        durations
    }
}

impl Durations {
    /// Reorders the durations.
    fn of(durations: &mut [u64], errors: u64) -> Self {
        let spans = durations.len();
        let Some(last) = spans.checked_sub(1) else { return Self::default() };
        let rank = |percent: usize| (spans * percent).div_ceil(100).saturating_sub(1).min(last);
        let (ranks, mut rest, mut before) = ([rank(50), rank(95), rank(99), last], durations, 0);
        // Each rank is selected only among the durations above the previous one.
        let [p50, p95, p99, max] = ranks.map(|rank| {
            let (_, value, _) = rest.select_nth_unstable(rank - before);
            let value = *value;
            rest = &mut std::mem::take(&mut rest)[rank - before..];
            before = rank;
            value
        });
        Self { spans: spans as u64, errors, p50, p95, p99, max }
    }
}

/// One entry per interval, the oldest first. Empty when the query has no intervals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series(pub Vec<Durations>);

/// A time range in equal intervals.
pub(super) struct Intervals {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    /// Start of each interval, in nanoseconds after `from`.
    starts: Vec<u64>,
    /// The interval that was found last. Spans arrive nearly ordered by time, so that it is most often right again.
    last: usize,
    builders: Vec<DurationsBuilder>,
    total: DurationsBuilder,
}

impl Intervals {
    /// The time range of the query. One without an end ends now; without a start, too, it is what the spans cover of the
    /// last day that has some. Times that are unset or far in the future are ignored.
    pub(super) fn new<'s>(query: MetricsQuery, samples: impl Iterator<Item = &'s Sample> + Clone) -> Self {
        let now = Nanos::from(SystemTime::now()).as_unix();
        let latest = now.saturating_add(DAY);
        let times =
            samples.map(|sample| sample.start.as_unix()).filter(|start| *start > 0 && *start <= latest);
        let to = match query.to {
            Nanos::MAX if query.from.is_unset() => times.clone().max().unwrap_or(now),
            Nanos::MAX => now,
            to => to.as_unix(),
        };
        let since = to.saturating_sub(DAY);
        let oldest = times.filter(|start| *start >= since).min().unwrap_or(since);
        let from = if query.from.is_unset() { oldest } else { query.from.as_unix() };
        let (from, to) = (Nanos::from_unix(from.min(to)), Nanos::from_unix(to));
        let count = query.intervals.min(MAX_INTERVALS) as u64;
        let whole = u128::from(to.since(from)) + 1;
        let start = |interval| (whole * u128::from(interval)).div_ceil(u128::from(count));
        let starts = (0..count).map(|interval| u64::try_from(start(interval)).unwrap_or(u64::MAX)).collect();
        let builders = (0..count).map(|_| DurationsBuilder::default()).collect();
        Self { from, to, starts, last: 0, builders, total: DurationsBuilder::default() }
    }

    /// Statistics of the samples, in total and for each interval.
    pub(super) fn statistics<'s>(
        &mut self,
        samples: impl Iterator<Item = &'s Sample>,
    ) -> (Durations, Series) {
        for sample in samples {
            self.total.add(sample.outcome);
            let interval = self.interval(sample.start);
            if let Some(builder) = interval.and_then(|interval| self.builders.get_mut(interval)) {
                builder.add(sample.outcome);
            }
        }
        (self.total.take(), Series(self.builders.iter_mut().map(DurationsBuilder::take).collect()))
    }

    fn interval(&mut self, start: Nanos) -> Option<usize> {
        if start < self.from || start > self.to {
            return None;
        }
        let since = start.since(self.from);
        let has_begun = |interval: usize| self.starts.get(interval).is_some_and(|start| *start <= since);
        if !has_begun(self.last) || has_begun(self.last + 1) {
            self.last = self.starts.partition_point(|start| *start <= since).checked_sub(1)?;
        }
        Some(self.last)
    }
}
