//! Counts and percentiles of durations, of all and in equal parts of a time.

use trace_model::Nanos;

use super::{Asked, gather::Sample};

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

impl Durations {
    pub(super) fn of<'s>(samples: impl Iterator<Item = &'s Sample>) -> Self {
        let mut errors = 0;
        let mut durations: Vec<u64> = samples
            .map(|sample| {
                errors += u64::from(sample.failed());
                sample.duration()
            })
            .collect();
        Self::of_durations(&mut durations, errors)
    }

    /// Puts them into another order.
    fn of_durations(durations: &mut [u64], errors: u64) -> Self {
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
    count: usize,
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
        Self { from, to, count: asked.parts.min(MAX_PARTS) }
    }

    pub(super) fn series<'s>(&self, samples: impl Iterator<Item = &'s Sample>) -> Series {
        let mut parts = vec![(Vec::new(), 0); self.count];
        if self.count == 0 {
            return Series::default();
        }
        for sample in samples {
            if let Some((durations, errors)) = self.place(sample.start).and_then(|place| parts.get_mut(place))
            {
                durations.push(sample.duration());
                *errors += u64::from(sample.failed());
            }
        }
        let of_part =
            |(mut durations, errors): (Vec<u64>, u64)| Durations::of_durations(&mut durations, errors);
        Series(parts.into_iter().map(of_part).collect())
    }

    fn place(&self, start: Nanos) -> Option<usize> {
        if start < self.from || start > self.to || self.count == 0 {
            return None;
        }
        let (since, whole) = (start.since(self.from), self.to.since(self.from).saturating_add(1));
        let count = self.count as u64;
        let place =
            since.checked_mul(count).map_or_else(|| since / (whole / count).max(1), |parts| parts / whole);
        Some(usize::try_from(place.min(count - 1)).unwrap_or_default())
    }
}
