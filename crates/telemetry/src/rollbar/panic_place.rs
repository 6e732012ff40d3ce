//! Where the last panic of a thread began. Only the panic hook knows it, and only the middleware knows the request.

use std::cell::RefCell;

use super::Place;

/// The target of events about panics outside of requests.
pub(crate) const TARGET: &str = "telemetry::panic";

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// Remembers the place. Nothing happens while the thread ends.
pub(crate) fn set(place: Option<Place>) {
    let _ = PLACE.try_with(|last| *last.borrow_mut() = place);
}

/// The place of the last panic on this thread, once.
pub(crate) fn take() -> Option<Place> {
    PLACE.try_with(|place| place.borrow_mut().take()).ok().flatten()
}
