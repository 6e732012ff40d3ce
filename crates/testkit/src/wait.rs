//! Polling for a condition with a deadline.

use std::time::{Duration, Instant};

/// Default deadline of tests. Generous, so that a busy machine does not fail them.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Time between two polls. Short, because tests wait for events that take milliseconds.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Calls `poll` until it returns a value.
///
/// # Panics
/// If `deadline` passes; the message names `what`.
pub async fn wait_until<T>(what: &str, deadline: Duration, mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(start.elapsed() < deadline, "timed out after {deadline:?} waiting for {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn polling_ends_at_the_first_value() {
        let mut polls = 0;
        let found = wait_until("the third poll", DEADLINE, || {
            polls += 1;
            (polls == 3).then_some(polls)
        })
        .await;
        assert_eq!(found, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "waiting for a rainy day")]
    async fn a_passed_deadline_names_the_condition() {
        wait_until::<()>("a rainy day", Duration::from_millis(20), || None).await;
    }
}
