//! Timestamps in exact nanoseconds. Formatting belongs to the user interface.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

/// Nanoseconds since the Unix epoch, up to the year 2554. Zero means unset, as in OTLP.
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

    /// Whether the time is implausible: 2100 or later.
    pub const fn is_implausible(self) -> bool {
        const YEAR_2100: u64 = 4_102_444_800_000_000_000;
        self.0 >= YEAR_2100
    }

    /// Nanoseconds since `earlier`, or zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<SystemTime> for Nanos {
    /// Times before 1970 become unset, and those beyond the range its end.
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// Converts times of other formats, and counts those that have no nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clamp {
    /// Times before 1970 or after 2554.
    pub(crate) count: u64,
}

impl Clamp {
    /// The time as OTLP has it. One before 1970 becomes zero (unset), one after 2554 the latest.
    pub(crate) fn nanos(&mut self, nanos: i128) -> u64 {
        u64::try_from(nanos).unwrap_or_else(|_| {
            self.count += 1;
            if nanos < 0 { 0 } else { u64::MAX }
        })
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
