//! The stack of spans that are entered on this thread, innermost last, each with its attached OpenTelemetry context.
//!
//! A thread can enter spans of several subscribers, as `tracing::subscriber::with_default` allows. Their ids are
//! unrelated, so each frame names the recorder that it belongs to.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::trace::{SpanId, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use tracing::Metadata;
use tracing::span::Id;

use super::slab;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Identifies a recorder of this process, and the frames of its spans.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Owner(usize);

impl Owner {
    pub(super) fn new() -> Self {
        static OWNERS: AtomicUsize = AtomicUsize::new(0);
        Self(OWNERS.fetch_add(1, Ordering::Relaxed))
    }
}

struct Frame {
    owner: Owner,
    id: Id,
    /// The span that is active in OpenTelemetry's current context while this frame is the innermost.
    active: SpanId,
    metadata: &'static Metadata<'static>,
    /// Whether the exit moves the span's end.
    updates_end: bool,
    /// How often the span, or one that shares its slot, was entered again while it was the innermost.
    reentries: usize,
    /// Keeps the span's context current, for users of OpenTelemetry's own API.
    context_guard: ContextGuard,
}

impl Frame {
    fn is_of(&self, owner: Owner, id: &Id) -> bool {
        slab::same_slot(&self.id, id) && self.owner == owner
    }
}

/// Pushes a span, and makes `context` OpenTelemetry's current context.
#[inline]
pub(super) fn enter(
    owner: Owner,
    id: &Id,
    metadata: &'static Metadata<'static>,
    updates_end: bool,
    context: Context,
) {
    let active = active(&context);
    // Before the borrow: attaching may emit an event, which reads the stack.
    let context_guard = context.attach();
    let frame = Frame { owner, id: id.clone(), active, metadata, updates_end, reentries: 0, context_guard };
    STACK.with_borrow_mut(|stack| stack.push(frame));
}

/// Enters the innermost span once more, or a span that shares its slot. It only counts: the current context stays.
///
/// Futures are often polled within their own span; sqlx does so for every row. Returns `false` when another span is the
/// innermost, or OpenTelemetry's own API has made another span active since.
#[inline]
pub(super) fn reenter_innermost(owner: Owner, id: &Id) -> bool {
    STACK.with_borrow_mut(|stack| {
        let innermost = stack.last_mut().filter(|innermost| innermost.is_of(owner, id));
        let current = innermost.filter(|innermost| Context::map_current(active) == innermost.active);
        current.map(|current| current.reentries += 1).is_some()
    })
}

/// The id of the active span of `context`.
pub(super) fn active(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Removes a span. Returns whether this exit moves the span's end.
#[inline]
pub(super) fn exit(owner: Owner, id: &Id) -> bool {
    let removed = STACK.with_borrow_mut(|stack| {
        let is_exiting = |frame: &Frame| frame.is_of(owner, id);
        let innermost = stack.last().is_some_and(is_exiting);
        let at = if innermost { stack.len() - 1 } else { stack.iter().rposition(is_exiting)? };
        let frame = stack.get_mut(at)?;
        if frame.reentries > 0 {
            frame.reentries -= 1;
            return None;
        }
        let removed = if innermost { stack.pop()? } else { stack.remove(at) };
        Some((removed.updates_end, removed.context_guard))
    });
    removed.is_some_and(|(updates_end, context_guard)| {
        // After the borrow: dropping a context may run code of the application.
        drop(context_guard);
        updates_end
    })
}

/// The innermost span of `owner`.
#[inline]
pub(super) fn innermost(owner: Owner) -> Option<(Id, &'static Metadata<'static>)> {
    STACK.with_borrow(|stack| {
        let frame = stack.iter().rev().find(|frame| frame.owner == owner)?;
        Some((frame.id.clone(), frame.metadata))
    })
}

/// All spans of `owner` that are entered on this thread, innermost first.
pub(super) fn entered(owner: Owner) -> Vec<Id> {
    STACK.with_borrow(|stack| {
        stack.iter().rev().filter(|frame| frame.owner == owner).map(|frame| frame.id.clone()).collect()
    })
}
