//! The memory of finished spans, for the next ones of the same thread: it is in its processor's cache.

use std::cell::RefCell;

use crate::otlp::SpanData;

/// How many a thread keeps: as many as it has open at once, more often than not.
const CAPACITY: usize = 32;

thread_local! {
    #[expect(clippy::vec_box, reason = "they go from span to span as they are")]
    static POOL: RefCell<Vec<Box<SpanData>>> = const { RefCell::new(Vec::new()) };
}

/// An empty span, if there is one.
pub(super) fn take() -> Option<Box<SpanData>> {
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten()
}

/// Keeps a span that was written, unless there are enough.
pub(super) fn put(mut data: Box<SpanData>) {
    data.clear();
    // What is left over is dropped after the borrow.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < CAPACITY {
            pool.push(data);
            return None;
        }
        Some(data)
    });
}
