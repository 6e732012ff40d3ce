//! A pool of span memory per thread: a finished span's memory, still in the processor's cache, serves the next span.

use std::cell::RefCell;

use crate::otlp::SpanData;

/// Spans that a thread keeps. Most threads have fewer open at once.
const CAPACITY: usize = 32;

thread_local! {
    #[expect(clippy::vec_box, reason = "the boxes move between spans and the pool")]
    static POOL: RefCell<Vec<Box<SpanData>>> = const { RefCell::new(Vec::new()) };
}

/// Takes a cleared span, if there is one.
pub(super) fn take() -> Option<Box<SpanData>> {
    POOL.try_with(|pool| pool.borrow_mut().pop()).ok().flatten()
}

/// Clears an encoded span and keeps its memory. A full pool drops it.
pub(super) fn put(mut data: Box<SpanData>) {
    data.clear();
    // The closure returns the rejected span, so that it is dropped after the borrow.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < CAPACITY {
            pool.push(data);
            return None;
        }
        Some(data)
    });
}
