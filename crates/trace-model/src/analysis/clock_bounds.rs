//! What calls between two clocks say of how far the callee's clock is ahead of the caller's.

use super::rows::Row;

/// Three readings of the same calls. Each assumes more than the one before, so its range lies within that one's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// No callee begins before it is called. This holds for every call.
    causal: Range,
    /// And every callee began before its answer arrived. This holds where callers wait for their callees: a short job that
    /// was queued looks like a callee whose clock is ahead.
    answered: Range,
    /// And every callee ended before its answer arrived.
    likely: Range,
    granularity: i64,
}

impl Bounds {
    /// A clock against itself.
    pub(super) const SAME: Self =
        Self { causal: Range::ZERO, answered: Range::ZERO, likely: Range::ZERO, granularity: 0 };

    /// What one call says. `None` for delayed work, which bounds nothing: it began after the answer, and it is longer than
    /// the call, so that no offset places it within the call.
    pub(super) fn of(call: &Row, callee: &Row, granularity: i64) -> Option<Self> {
        if callee.start > call.end && callee.duration() > call.duration().saturating_add(granularity) {
            return None;
        }
        let high = callee.start - call.start;
        Some(Self {
            causal: Range { low: i64::MIN, high },
            answered: Range { low: callee.start - call.end, high },
            likely: Range { low: callee.end - call.end, high },
            granularity,
        })
    }

    /// Calls that contradict each other: no constant offset explains them.
    pub(super) const fn is_contradiction(&self) -> bool {
        self.answered.is_empty()
    }

    /// Whether the clocks differ, if callers waited for their callees.
    pub(super) const fn show_difference(&self) -> bool {
        self.answered.excludes_zero(self.granularity)
    }

    /// Whether the clocks differ, whether or not callers waited.
    pub(super) const fn prove_difference(&self) -> bool {
        self.causal.excludes_zero(self.granularity)
    }

    /// The offset and its uncertainty, by the narrower range unless its calls contradict each other.
    pub(super) fn estimate(&self) -> (i64, i64) {
        let Range { low, high } = if self.likely.is_empty() { self.answered } else { self.likely };
        (i64::midpoint(low, high), high.saturating_sub(low) / 2)
    }

    pub(super) fn intersect(self, other: Self) -> Self {
        self.combine(other, Range::intersect)
    }

    /// The bounds of a clock by way of another one.
    pub(super) fn plus(self, other: Self) -> Self {
        self.combine(other, Range::plus)
    }

    fn combine(self, other: Self, combine: impl Fn(Range, Range) -> Range) -> Self {
        Self {
            causal: combine(self.causal, other.causal),
            answered: combine(self.answered, other.answered),
            likely: combine(self.likely, other.likely),
            granularity: self.granularity.max(other.granularity),
        }
    }

    /// The same, of the caller's clock against the callee's.
    pub(super) fn reversed(self) -> Self {
        Self {
            causal: self.causal.reversed(),
            answered: self.answered.reversed(),
            likely: self.likely.reversed(),
            granularity: self.granularity,
        }
    }
}

/// Nanoseconds, both ends included. `i64::MIN` and `i64::MAX` bound nothing.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: i64,
    high: i64,
}

impl Range {
    const ZERO: Self = Self { low: 0, high: 0 };

    const fn is_empty(self) -> bool {
        self.low > self.high
    }

    const fn excludes_zero(self, granularity: i64) -> bool {
        self.low > granularity || self.high < -granularity
    }

    fn intersect(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    fn plus(self, other: Self) -> Self {
        Self { low: self.low.saturating_add(other.low), high: self.high.saturating_add(other.high) }
    }

    fn reversed(self) -> Self {
        Self { low: self.high.saturating_neg(), high: self.low.saturating_neg() }
    }
}
