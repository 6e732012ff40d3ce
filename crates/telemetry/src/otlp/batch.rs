//! Batches of finished spans, encoded as OTLP.
//!
//! The thread that ends a span encodes it, while its data is in the processor's cache, and reuses its memory for the
//! next span. An encoded span takes a third of the memory, in one piece, and costs the exporter one copy.

use opentelemetry::InstrumentationScope;

use super::encode_span::encode_span;
use super::span_data::SpanData;
use super::wire::Buffer;

/// Spans that are exported together, grouped by instrumentation scope.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: usize,
    scopes: Vec<Scope>,
}

/// The spans of one instrumentation scope.
#[derive(Debug)]
pub(crate) struct Scope {
    /// `None` for this crate.
    pub(crate) name: Option<InstrumentationScope>,
    /// The encoded `ScopeSpans.spans` fields, one after the other.
    pub(crate) spans: Buffer,
}

impl Batch {
    /// The number of spans.
    pub(crate) fn len(&self) -> usize {
        self.spans
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// Adds a span.
    pub(crate) fn add(&mut self, span: &SpanData) {
        // Nearly always the scope of the previous span.
        let name = &span.scope;
        let at = self.scopes.iter().rposition(|scope| scope.name == *name).unwrap_or_else(|| {
            self.scopes.push(Scope { name: name.clone(), spans: Buffer::default() });
            self.scopes.len() - 1
        });
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.spans.message(2, |to| encode_span(to, span));
            self.spans += 1;
        }
    }

    /// Adds a copy of the spans of another batch, as they are encoded.
    pub(crate) fn append(&mut self, other: &Self) {
        for scope in other.scopes() {
            if let Some(own) = self.scopes.iter_mut().find(|own| own.name == scope.name) {
                own.spans.0.extend_from_slice(&scope.spans.0);
            } else {
                let spans = Buffer(scope.spans.0.clone());
                self.scopes.push(Scope { name: scope.name.clone(), spans });
            }
        }
        self.spans += other.spans;
    }

    /// Adds a span of a scope of another batch, as the field that holds it.
    pub(super) fn add_field(&mut self, scope: &Scope, field: &[u8]) {
        if let Some(own) = self.scopes.iter_mut().find(|own| own.name == scope.name) {
            own.spans.0.extend_from_slice(field);
        } else {
            self.scopes.push(Scope { name: scope.name.clone(), spans: Buffer(field.to_vec()) });
        }
        self.spans += 1;
    }

    /// The scopes that have spans.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().filter(|scope| !scope.spans.0.is_empty())
    }

    /// Removes all spans. Keeps the memory of one scope.
    pub(crate) fn clear(&mut self) {
        self.spans = 0;
        self.scopes.truncate(1);
        self.scopes.iter_mut().for_each(|scope| scope.spans.0.clear());
    }
}
