//! The sampler's clock: time since its start, which no change of the system's clock disturbs, and the time of day, in
//! which X-Ray says when a share ends.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[cfg(test)]
use std::sync::{Arc, atomic::AtomicU64};

/// The clock, or in tests one that they move.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    System(Instant),
    /// Milliseconds since the start, which was at [`Self::TEST_EPOCH`].
    #[cfg(test)]
    Manual(Arc<AtomicU64>),
}

impl Clock {
    #[cfg(test)]
    pub(super) const TEST_EPOCH: Duration = Duration::from_secs(1_700_000_000);

    /// The time since the start.
    pub(super) fn now(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            #[cfg(test)]
            Self::Manual(milliseconds) => {
                Duration::from_millis(milliseconds.load(std::sync::atomic::Ordering::Relaxed))
            }
        }
    }

    /// The time of day since 1970.
    pub(super) fn time_of_day(&self) -> Duration {
        match self {
            Self::System(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            #[cfg(test)]
            Self::Manual(_) => Self::TEST_EPOCH + self.now(),
        }
    }
}
