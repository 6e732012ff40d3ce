//! Finished spans as the bytes that will be sent.
//!
//! The thread that finishes a span writes it here, while all of it is still in its processor's cache; then its memory serves the
//! next span of the same thread. What waits is a third of what it was, in one piece, and costs the exporter one copy.

use opentelemetry::InstrumentationScope;

use super::encode_span::encode_span;
use super::span_data::SpanData;
use super::wire::Buffer;

/// Spans that are exported together, by the library that made them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: usize,
    scopes: Vec<Scope>,
}

/// What one library made.
#[derive(Debug)]
pub(crate) struct Scope {
    /// `None` where it is this one.
    pub(crate) of: Option<InstrumentationScope>,
    /// `ScopeSpans.spans`, field after field.
    pub(crate) spans: Buffer,
}

impl Batch {
    /// How many spans it holds.
    pub(crate) fn len(&self) -> usize {
        self.spans
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// Adds a span.
    pub(crate) fn add(&mut self, span: &SpanData) {
        // Nearly always the one of the span before.
        let of = &span.scope;
        let at = self.scopes.iter().rposition(|scope| scope.of == *of).unwrap_or_else(|| {
            self.scopes.push(Scope { of: of.clone(), spans: Buffer::default() });
            self.scopes.len() - 1
        });
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.spans.message(2, |to| encode_span(to, span));
            self.spans += 1;
        }
    }

    /// What there is of each library.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().filter(|scope| !scope.spans.0.is_empty())
    }

    /// Empties it and keeps its memory, but not for more than one library.
    pub(crate) fn clear(&mut self) {
        self.spans = 0;
        self.scopes.truncate(1);
        self.scopes.iter_mut().for_each(|scope| scope.spans.0.clear());
    }
}
