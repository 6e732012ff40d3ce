//! A piece of a trace's time.

/// Nanoseconds since the start of the trace. `to` is never before `from`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interval {
    pub from: i64,
    pub to: i64,
}

impl Interval {
    pub const fn length(self) -> i64 {
        self.to - self.from
    }

    /// The part of it that lies in `outer`; empty, and at the nearer end of `outer`, where none does.
    pub(super) fn within(self, outer: Self) -> Self {
        let from = self.from.clamp(outer.from, outer.to);
        Self { from, to: self.to.clamp(from, outer.to) }
    }
}
