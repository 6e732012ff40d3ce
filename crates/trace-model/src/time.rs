//! Points in time: nanoseconds since 1970, exact. Text and calendars live with whoever shows them.

use std::fmt;

/// Nanoseconds since the Unix epoch. Reaches the year 2554; zero is what a sender writes that knows no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(u64);

impl Nanos {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(u64::MAX);

    pub const fn from_unix(nanos: u64) -> Self {
        Self(nanos)
    }

    pub const fn as_unix(self) -> u64 {
        self.0
    }

    pub const fn is_unset(self) -> bool {
        self.0 == 0
    }

    /// Whether no clock shows this: 2100 or later.
    pub const fn is_implausible(self) -> bool {
        const YEAR_2100: u64 = 4_102_444_800_000_000_000;
        self.0 >= YEAR_2100
    }

    /// Nanoseconds from `earlier` to this, or zero when `earlier` is the later one.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
