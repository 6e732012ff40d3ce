//! The stack of spans that are entered on this thread, innermost last, each with its attached OpenTelemetry context.
//!
//! A thread can enter spans of several subscribers, as `tracing::subscriber::with_default` allows. Their ids are
//! unrelated, so each frame names the recorder that it belongs to.
//!
//! The destructor of another thread-local may log, and may run after the stack's own: then no span is entered. A panic in such
//! a destructor would abort the process.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::trace::{SpanId, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use tracing::Metadata;
use tracing::span::Id;

use super::slab;

thread_local! {
    static STACK: RefCell<Vec<Frame>> = {
        // Its stack of contexts exists first, so that it is destroyed last: as long as this stack exists, contexts can be used.
        Context::map_current(|_| ());
        RefCell::new(Vec::new())
    };
}

/// Whether spans and contexts of this thread can be used. Not while it ends.
pub(crate) fn is_usable() -> bool {
    STACK.try_with(|_| ()).is_ok()
}

/// OpenTelemetry's current context; an empty one while the thread ends.
pub(crate) fn current_context() -> Context {
    if is_usable() { Context::current() } else { Context::new() }
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

/// What a span is entered with: its metadata, whether the exit moves its end, and its context.
pub(super) type Entrance = (&'static Metadata<'static>, bool, Context);

/// Pushes the span that `find` finds, and makes its context OpenTelemetry's current one.
///
/// If the span, or one that shares its slot, is the innermost already, it is only counted: the current context stays.
/// Futures are often polled within their own span; sqlx does so for every row. That does not hold when OpenTelemetry's own
/// API has made another span active since.
#[inline]
pub(super) fn enter(owner: Owner, id: &Id, find: impl FnOnce() -> Option<Entrance>) {
    // Neither fails, except on a thread that ends, and in an event about a context that cannot be attached.
    let _ = STACK.try_with(|stack| {
        let Ok(mut stack) = stack.try_borrow_mut() else { return };
        if let Some(innermost) = stack.last_mut().filter(|innermost| innermost.is_of(owner, id))
            && Context::map_current(active) == innermost.active
        {
            innermost.reentries += 1;
            return;
        }
        if let Some((metadata, updates_end, context)) = find() {
            let active = active(&context);
            let context_guard = context.attach();
            stack.push(Frame {
                owner,
                id: id.clone(),
                active,
                metadata,
                updates_end,
                reentries: 0,
                context_guard,
            });
        }
    });
}

/// The id of the active span of `context`.
pub(super) fn active(context: &Context) -> SpanId {
    context.span().span_context().span_id()
}

/// Removes a span. Returns whether this exit moves the span's end.
#[inline]
pub(super) fn exit(owner: Owner, id: &Id) -> bool {
    let removed = STACK.try_with(|stack| {
        let mut stack = stack.try_borrow_mut().ok()?;
        match stack.last_mut() {
            Some(innermost) if innermost.is_of(owner, id) && innermost.reentries == 0 => stack.pop(),
            _ => exit_out_of_order(&mut stack, owner, id),
        }
    });
    removed.ok().flatten().is_some_and(|Frame { updates_end, context_guard, .. }| {
        // After the borrow: dropping a context may run code of the application.
        drop(context_guard);
        updates_end
    })
}

/// [`exit`] of a span that was entered again, or is not the innermost.
#[inline(never)]
fn exit_out_of_order(stack: &mut Vec<Frame>, owner: Owner, id: &Id) -> Option<Frame> {
    let at = stack.iter().rposition(|frame| frame.is_of(owner, id))?;
    let frame = stack.get_mut(at)?;
    if frame.reentries > 0 {
        frame.reentries -= 1;
        return None;
    }
    Some(stack.remove(at))
}

/// The innermost span of `owner`.
#[inline]
pub(super) fn innermost(owner: Owner) -> Option<(Id, &'static Metadata<'static>)> {
    read(|stack| {
        let frame = stack.iter().rev().find(|frame| frame.owner == owner)?;
        Some((frame.id.clone(), frame.metadata))
    })
}

/// All spans of `owner` that are entered on this thread, innermost first.
pub(super) fn entered(owner: Owner) -> Vec<Id> {
    read(|stack| {
        stack.iter().rev().filter(|frame| frame.owner == owner).map(|frame| frame.id.clone()).collect()
    })
}

/// Calls `access` with the stack; the default while a span is being entered, and while the thread ends.
fn read<T: Default>(access: impl FnOnce(&[Frame]) -> T) -> T {
    let read =
        STACK.try_with(|stack| stack.try_borrow().map_or_else(|_| T::default(), |stack| access(&stack)));
    read.unwrap_or_default()
}
