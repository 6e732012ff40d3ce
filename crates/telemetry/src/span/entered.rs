//! The spans that are entered on this thread, innermost last, and OpenTelemetry's contexts that go with them.

use std::cell::RefCell;

use opentelemetry::trace::{SpanId, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use tracing::Metadata;
use tracing::span::Id;

use super::slots;

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

struct Entered {
    id: Id,
    /// Who is active while it is current.
    active: SpanId,
    metadata: &'static Metadata<'static>,
    /// Whether leaving it is to be told of.
    timed: bool,
    /// How often it, or a span that it stands in for, is entered once more.
    again: usize,
    /// Whoever asks OpenTelemetry's own API is told of this span too.
    attached: ContextGuard,
}

#[inline]
pub(super) fn enter(id: &Id, metadata: &'static Metadata<'static>, timed: bool, context: Context) {
    let active = active(&context);
    // Not under the borrow: an event of its own would ask which span is current.
    let attached = context.attach();
    let innermost = Entered { id: id.clone(), active, metadata, timed, again: 0, attached };
    ENTERED.with_borrow_mut(|entered| entered.push(innermost));
}

/// Enters the innermost span, or one that it stands in for: what is current stays so, and there is nothing to be looked up. A
/// future that is polled within its own span is common (sqlx sees to it for every row). `false` where the innermost is another,
/// or OpenTelemetry's own API made another one active since.
#[inline]
pub(super) fn enter_again(id: &Id) -> bool {
    ENTERED.with_borrow_mut(|entered| {
        let innermost = entered.last_mut().filter(|innermost| slots::share_a_place(&innermost.id, id));
        let current = innermost.filter(|innermost| Context::map_current(active) == innermost.active);
        current.map(|current| current.again += 1).is_some()
    })
}

/// Who is active in `context`.
pub(super) fn active(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Whether it was entered, and leaving it is to be told of.
#[inline]
pub(super) fn exit(id: &Id) -> bool {
    let left = ENTERED.with_borrow_mut(|entered| {
        let is_leaving = |entered: &Entered| slots::share_a_place(&entered.id, id);
        let innermost = entered.last().is_some_and(is_leaving);
        let at = if innermost { entered.len() - 1 } else { entered.iter().rposition(is_leaving)? };
        let leaving = entered.get_mut(at)?;
        if leaving.again > 0 {
            leaving.again -= 1;
            return None;
        }
        let left = if innermost { entered.pop()? } else { entered.remove(at) };
        Some((left.timed, left.attached))
    });
    left.is_some_and(|(timed, attached)| {
        // After the borrow: what goes with a context may run code of its own.
        drop(attached);
        timed
    })
}

#[inline]
pub(super) fn innermost() -> Option<(Id, &'static Metadata<'static>)> {
    ENTERED.with_borrow(|entered| entered.last().map(|entered| (entered.id.clone(), entered.metadata)))
}
