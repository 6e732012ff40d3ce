//! Finished spans as the bytes that will be sent.
//!
//! The thread that finishes a span writes it, while all of it is still in its processor's cache; then its memory serves the
//! next span of the same thread. What waits is a third of what it was, in one piece, and costs the exporter one copy.

use std::cell::Cell;

use opentelemetry::InstrumentationScope;

use super::encode;
use super::wire::Buffer;
use crate::span::Finished;

/// Bytes that a thread keeps to write spans into. One that takes more gets it, and gives it back.
const KEPT: usize = 16 * 1024;

thread_local! {
    static PAGE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes a span as the fields of an OTLP `Span`, and lends them to `then`.
pub(super) fn written<R>(finished: &Finished, then: impl FnOnce(&[u8]) -> R) -> R {
    // At its end a thread has no page any more.
    let mut page = Buffer(PAGE.try_with(Cell::take).unwrap_or_default());
    encode::span(&mut page, finished);
    let result = then(&page.0);
    page.0.clear();
    page.0.shrink_to(KEPT);
    let _ = PAGE.try_with(|kept| kept.set(page.0));
    result
}

/// Spans that are exported together, by the library that made them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: usize,
    scopes: Vec<Scope>,
}

/// What one library made.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) of: InstrumentationScope,
    /// `ScopeSpans.spans`, field after field.
    pub(super) spans: Buffer,
}

impl Batch {
    /// How many spans it holds.
    pub(crate) fn len(&self) -> usize {
        self.spans
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// Adds a span that was [`written`].
    pub(super) fn add(&mut self, of: &InstrumentationScope, span: &[u8]) {
        // Nearly always the one of the span before.
        let at = self.scopes.iter().rposition(|scope| is_same(&scope.of, of)).unwrap_or_else(|| {
            self.scopes.push(Scope { of: of.clone(), spans: Buffer::default() });
            self.scopes.len() - 1
        });
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.spans.bytes(2, span);
            self.spans += 1;
        }
    }

    /// What there is of each library.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().filter(|scope| !scope.spans.0.is_empty())
    }

    /// Empties it and keeps its memory, but not for more than one library.
    pub(super) fn clear(&mut self) {
        self.spans = 0;
        self.scopes.truncate(1);
        self.scopes.iter_mut().for_each(|scope| scope.spans.0.clear());
    }
}

fn is_same(one: &InstrumentationScope, other: &InstrumentationScope) -> bool {
    let (one_name, other_name) = (one.name(), other.name());
    // Ours is one text in one place.
    (std::ptr::eq(one_name, other_name) && one_name == "telemetry") || one == other
}
