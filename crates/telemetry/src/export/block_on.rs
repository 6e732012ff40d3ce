//! Runs a future on the thread that calls, without an asynchronous runtime.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Polls `future` until it is ready; `None` when that takes longer than `limit`. A poll that blocks is not interrupted.
pub(super) fn block_on<T>(future: impl Future<Output = T>, limit: Duration) -> Option<T> {
    let deadline = Instant::now() + limit;
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_another_thread_completes_is_awaited() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        thread::spawn(move || sender.send(7));
        assert_eq!(block_on(receiver, Duration::from_secs(20)), Some(Ok(7)));
    }

    #[test]
    fn a_future_that_never_ends_is_given_up_at_its_limit() {
        assert_eq!(block_on(std::future::pending::<()>(), Duration::from_millis(20)), None);
    }
}
