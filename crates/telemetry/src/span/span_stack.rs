//! The spans that are stack on this thread, innermost last, and OpenTelemetry's contexts that go with them.

use std::cell::RefCell;

use opentelemetry::trace::{SpanId, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use tracing::Metadata;
use tracing::span::Id;

use super::slab;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

struct Frame {
    id: Id,
    /// Who is active while it is current.
    active: SpanId,
    metadata: &'static Metadata<'static>,
    /// Whether leaving it is to be told of.
    updates_end: bool,
    /// How often it, or a span that it stands in for, is stack once more.
    reentries: usize,
    /// Whoever asks OpenTelemetry's own API is told of this span too.
    context_guard: ContextGuard,
}

#[inline]
pub(super) fn enter(id: &Id, metadata: &'static Metadata<'static>, updates_end: bool, context: Context) {
    let active = active(&context);
    // Not under the borrow: an event of its own would ask which span is current.
    let context_guard = context.attach();
    let innermost = Frame { id: id.clone(), active, metadata, updates_end, reentries: 0, context_guard };
    STACK.with_borrow_mut(|stack| stack.push(innermost));
}

/// Enters the innermost span, or one that it stands in for: what is current stays so, and there is nothing to be looked up. A
/// future that is polled within its own span is common (sqlx sees to it for every row). `false` where the innermost is another,
/// or OpenTelemetry's own API made another one active since.
#[inline]
pub(super) fn reenter_innermost(id: &Id) -> bool {
    STACK.with_borrow_mut(|stack| {
        let innermost = stack.last_mut().filter(|innermost| slab::same_slot(&innermost.id, id));
        let current = innermost.filter(|innermost| Context::map_current(active) == innermost.active);
        current.map(|current| current.reentries += 1).is_some()
    })
}

/// Who is active in `context`.
pub(super) fn active(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Whether it was stack, and leaving it is to be told of.
#[inline]
pub(super) fn exit(id: &Id) -> bool {
    let left = STACK.with_borrow_mut(|stack| {
        let is_leaving = |stack: &Frame| slab::same_slot(&stack.id, id);
        let innermost = stack.last().is_some_and(is_leaving);
        let at = if innermost { stack.len() - 1 } else { stack.iter().rposition(is_leaving)? };
        let leaving = stack.get_mut(at)?;
        if leaving.reentries > 0 {
            leaving.reentries -= 1;
            return None;
        }
        let left = if innermost { stack.pop()? } else { stack.remove(at) };
        Some((left.updates_end, left.context_guard))
    });
    left.is_some_and(|(updates_end, context_guard)| {
        // After the borrow: what goes with a context may run code of its own.
        drop(context_guard);
        updates_end
    })
}

#[inline]
pub(super) fn innermost() -> Option<(Id, &'static Metadata<'static>)> {
    STACK.with_borrow(|stack| stack.last().map(|stack| (stack.id.clone(), stack.metadata)))
}
