//! A panic hook that remembers where a panic began, and reports panics outside of requests.
//!
//! A panic of a handler becomes an event in the middleware (`server/companion.rs`).

use std::panic::PanicHookInfo;

use crate::error_chain;
use crate::rollbar::{Place, panic_place};
use crate::span;

/// Installs the hook. The previous one still runs, first.
pub(super) fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        previous(panic);
        observe(panic);
    }));
}

fn observe(panic: &PanicHookInfo<'_>) {
    panic_place::set(panic.location().map(|location| Place {
        module: "panic".to_owned(),
        file: Some(location.file().to_owned()),
        line: Some(location.line()),
    }));
    if !span::is_in_request() {
        tracing::error!(
            target: panic_place::TARGET,
            panic = error_chain::of_panic(panic.payload()),
            "a thread or task panicked"
        );
    }
}
