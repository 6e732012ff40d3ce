//! Waiting for something to become true: poll, with a deadline, and say what was waited for.

use std::time::{Duration, Instant};

/// How long a test waits for what must happen: far more than it takes, so that a busy machine does not fail it.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Between two looks. Short, because tests wait for things that take milliseconds.
const BETWEEN: Duration = Duration::from_millis(5);

/// Asks `look` until it has an answer.
///
/// # Panics
/// When `deadline` has passed, with `what` was waited for.
pub async fn wait_until<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < deadline, "waited {deadline:?} in vain: {what}");
        tokio::time::sleep(BETWEEN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_answer_ends_the_waiting() {
        let mut looks = 0;
        let found = wait_until("the third look", DEADLINE, || {
            looks += 1;
            (looks == 3).then_some(looks)
        })
        .await;
        assert_eq!(found, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "in vain: a rainy day")]
    async fn a_deadline_says_what_was_waited_for() {
        wait_until::<()>("a rainy day", Duration::from_millis(20), || None).await;
    }
}
