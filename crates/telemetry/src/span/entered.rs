//! The spans that are entered on this thread, innermost last, and OpenTelemetry's contexts that go with them.

use std::cell::RefCell;

use opentelemetry::{Context, ContextGuard};
use tracing::Metadata;
use tracing::span::Id;

use super::slots;

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

struct Entered {
    id: Id,
    metadata: &'static Metadata<'static>,
    /// Whether leaving it is to be told of.
    timed: bool,
    /// Whoever asks OpenTelemetry's own API is told of this span too.
    _attached: Option<ContextGuard>,
}

pub(super) fn enter(id: &Id, metadata: &'static Metadata<'static>, timed: bool, context: Context) {
    // Not under the borrow: an event of its own would ask which span is current.
    let attached = context.attach();
    let innermost = Entered { id: id.clone(), metadata, timed, _attached: Some(attached) };
    ENTERED.with_borrow_mut(|entered| entered.push(innermost));
}

/// Enters a span that the innermost one stands in for, whose context is current; `false` where the innermost is another.
pub(super) fn enter_again(id: &Id) -> bool {
    ENTERED.with_borrow_mut(|entered| {
        let innermost = entered.last().filter(|innermost| slots::share_a_place(&innermost.id, id));
        let Some(&Entered { metadata, .. }) = innermost else { return false };
        entered.push(Entered { id: id.clone(), metadata, timed: false, _attached: None });
        true
    })
}

/// Whether it was entered, and leaving it is to be told of.
pub(super) fn exit(id: &Id) -> bool {
    let left = ENTERED.with_borrow_mut(|entered| {
        if entered.last().is_some_and(|innermost| innermost.id == *id) {
            return entered.pop();
        }
        let at = entered.iter().rposition(|entered| entered.id == *id)?;
        Some(entered.remove(at))
    });
    // It is dropped after the borrow: what goes with a context may run code of its own.
    left.is_some_and(|entered| entered.timed)
}

pub(super) fn innermost() -> Option<(Id, &'static Metadata<'static>)> {
    ENTERED.with_borrow(|entered| entered.last().map(|entered| (entered.id.clone(), entered.metadata)))
}
