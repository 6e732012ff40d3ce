//! Destructors of thread-locals that log and start spans, while the thread ends. A panic in one aborts the process.

use std::cell::RefCell;

use crate::app::harness;

struct Logs(&'static str);

impl Drop for Logs {
    fn drop(&mut self) {
        tracing::error!(at = self.0, "a thread ends");
        let span = tracing::info_span!("at-the-end-of-a-thread");
        span.in_scope(|| tracing::warn!("within"));
        let _ = span.enter();
        drop(telemetry::messaging::Messages::new("test", "test").send());
        let _ = telemetry::trace_id_of_current();
    }
}

thread_local! {
    static FIRST: RefCell<Option<Logs>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<Logs>> = const { RefCell::new(None) };
}

#[test]
fn a_destructor_that_logs_does_not_abort_the_process() {
    let harness = harness();
    for uses_telemetry in [true, false] {
        let thread = std::thread::spawn(move || {
            // Destroyed after all that telemetry and OpenTelemetry keep for this thread.
            FIRST.set(Some(Logs("after telemetry")));
            if uses_telemetry {
                let span = tracing::info_span!("in-a-thread");
                let entered = span.enter();
                tracing::info!("in a thread");
                // Never left: it is dropped with the thread.
                std::mem::forget(entered);
            }
            LAST.set(Some(Logs("before telemetry")));
        });
        thread.join().expect("no panic");
    }
    assert!(!harness.url.is_empty());
}
