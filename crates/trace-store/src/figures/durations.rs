//! Counts and percentiles of durations, of all and in equal parts of a time.

use trace_model::Nanos;

use super::{
    Asked,
    gather::{Outcome, Sample},
};

/// More parts than anybody draws.
const MAX_PARTS: usize = 240;
/// What a series covers when nobody says: the last day that has spans.
const DAY: u64 = 86_400_000_000_000;

/// Nanoseconds. Percentiles are exact: the smallest duration that so many percent of all are not above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Durations {
    pub spans: u64,
    pub errors: u64,
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
}

/// Durations on their way to figures. Used for one after another, so that memory is asked for once.
#[derive(Default)]
pub(super) struct Counted {
    durations: Vec<u64>,
    errors: u64,
}

impl Counted {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.durations.push(outcome.duration());
        self.errors += u64::from(outcome.failed());
    }

    /// The figures of what was added since the last time.
    pub(super) fn take(&mut self) -> Durations {
        let durations = Durations::of(&mut self.durations, std::mem::take(&mut self.errors));
        self.durations.clear();
        durations
    }
}

impl Durations {
    /// Puts them into another order.
    fn of(durations: &mut [u64], errors: u64) -> Self {
        let spans = durations.len();
        let Some(last) = spans.checked_sub(1) else { return Self::default() };
        let rank = |percent: usize| (spans * percent).div_ceil(100).saturating_sub(1).min(last);
        let (ranks, mut rest, mut before) = ([rank(50), rank(95), rank(99), last], durations, 0);
        // Each rank is looked for only above the one before it.
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

/// One entry a part of the time, the oldest first. Empty when not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series(pub Vec<Durations>);

/// A time in equal parts.
pub(super) struct Parts {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    /// When each part begins, in nanoseconds after `from`.
    begins: Vec<u64>,
    /// The part that was found last. Spans come nearly by their time, so that it is most often the next one's as well.
    last: usize,
    counted: Vec<Counted>,
    all: Counted,
}

impl Parts {
    /// Of the time that was asked for; where it is open, of what the spans cover. Times that nobody set, or far in the
    /// future, cover nothing.
    pub(super) fn new<'s>(asked: Asked, samples: impl Iterator<Item = &'s Sample> + Clone) -> Self {
        let now =
            u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos()).unwrap_or(u64::MAX);
        let latest = now.saturating_add(DAY);
        let starts =
            samples.map(|sample| sample.start.as_unix()).filter(|start| *start > 0 && *start <= latest);
        let to = match asked.to {
            Nanos::MAX => starts.clone().max().unwrap_or(now),
            to => to.as_unix(),
        };
        let since = to.saturating_sub(DAY);
        let oldest = starts.filter(|start| *start >= since).min().unwrap_or(since);
        let from = if asked.from.is_unset() { oldest } else { asked.from.as_unix() };
        let (from, to) = (Nanos::from_unix(from.min(to)), Nanos::from_unix(to));
        let count = asked.parts.min(MAX_PARTS) as u64;
        let whole = u128::from(to.since(from)) + 1;
        let begin = |part| (whole * u128::from(part)).div_ceil(u128::from(count));
        let begins = (0..count).map(|part| u64::try_from(begin(part)).unwrap_or(u64::MAX)).collect();
        let counted = (0..count).map(|_| Counted::default()).collect();
        Self { from, to, begins, last: 0, counted, all: Counted::default() }
    }

    /// Of all samples together, and of those of each part.
    pub(super) fn figures<'s>(&mut self, samples: impl Iterator<Item = &'s Sample>) -> (Durations, Series) {
        for sample in samples {
            self.all.add(sample.outcome);
            let part = self.part(sample.start);
            if let Some(counted) = part.and_then(|part| self.counted.get_mut(part)) {
                counted.add(sample.outcome);
            }
        }
        (self.all.take(), Series(self.counted.iter_mut().map(Counted::take).collect()))
    }

    fn part(&mut self, start: Nanos) -> Option<usize> {
        if start < self.from || start > self.to {
            return None;
        }
        let since = start.since(self.from);
        let has_begun = |part: usize| self.begins.get(part).is_some_and(|begin| *begin <= since);
        if !has_begun(self.last) || has_begun(self.last + 1) {
            self.last = self.begins.partition_point(|begin| *begin <= since).checked_sub(1)?;
        }
        Some(self.last)
    }
}
