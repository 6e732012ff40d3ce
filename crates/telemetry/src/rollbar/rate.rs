//! At most 60 items a minute, as Rollbar's own clients limit themselves.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);
const ITEMS: u32 = 60;

/// Counts the items of the current minute.
#[derive(Debug, Default)]
pub(super) struct Rate {
    began: Option<Instant>,
    items: u32,
}

impl Rate {
    /// Whether one more item is within the rate at `now`. If so, it counts as sent.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= WINDOW) {
            *self = Self { began: Some(now), items: 0 };
        }
        self.items += 1;
        self.items <= ITEMS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_items_a_minute_are_allowed() {
        let mut rate = Rate::default();
        let began = Instant::now();
        let allowed = |rate: &mut Rate, second| {
            (0..100).filter(|_| rate.allows(began + Duration::from_secs(second))).count()
        };
        assert_eq!(allowed(&mut rate, 0), 60);
        assert_eq!(allowed(&mut rate, 59), 0);
        assert_eq!(allowed(&mut rate, 60), 60);
    }
}
