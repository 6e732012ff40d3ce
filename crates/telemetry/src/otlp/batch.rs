//! Batches of finished spans, encoded as OTLP.
//!
//! The thread that ends a span encodes it, while its data is in the processor's cache, and reuses its memory for the
//! next span. An encoded span takes a third of the memory, in one piece, and costs the exporter one copy.

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry::InstrumentationScope;

use super::encode_span::{encode_span, usual_length};
use super::span_data::SpanData;
use super::wire::Buffer;

/// Bytes of memory that an empty batch keeps for the next spans.
const RETAINED_CAPACITY: usize = 2 << 20;
/// Bytes that a scope begins with. Allocators map as many as pages of their own: only those that are written take memory, and
/// growing moves pages instead of copying bytes.
const CAPACITY: usize = 256 * 1024;

/// Spans that are exported together, grouped by instrumentation scope.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    spans: usize,
    /// The bytes of all encoded spans.
    bytes: usize,
    scopes: Vec<Scope>,
}

/// The spans of one instrumentation scope.
#[derive(Debug)]
pub(crate) struct Scope {
    /// `None` for this crate.
    pub(crate) name: Option<InstrumentationScope>,
    /// The encoded `ScopeSpans.spans` fields, one after the other.
    pub(crate) spans: SharedBytes,
}

/// Bytes that a request sends without a copy. Their memory is reused when the request is gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedBytes(Arc<Buffer>);

impl SharedBytes {
    fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Buffer(Vec::with_capacity(capacity))))
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0.0
    }

    /// The same bytes, for a request.
    pub(super) fn share(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }

    /// Bytes that a request still has are copied first.
    fn to_mut(&mut self) -> &mut Buffer {
        Arc::make_mut(&mut self.0)
    }

    fn append(&mut self, bytes: &[u8]) {
        self.to_mut().0.extend_from_slice(bytes);
    }

    fn clear(&mut self) {
        match Arc::get_mut(&mut self.0) {
            Some(buffer) => {
                buffer.0.clear();
                buffer.0.shrink_to(RETAINED_CAPACITY);
            }
            None => *self = Self::default(),
        }
    }
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Batch {
    /// The number of spans.
    pub(crate) fn len(&self) -> usize {
        self.spans
    }

    /// The bytes of its encoded spans.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// Adds a span.
    pub(crate) fn add(&mut self, span: &SpanData) {
        // Nearly always the scope of the previous span.
        let name = &span.scope;
        let at = self.scopes.iter().rposition(|scope| scope.name == *name).unwrap_or_else(|| {
            self.scopes.push(Scope { name: name.clone(), spans: SharedBytes::with_capacity(CAPACITY) });
            self.scopes.len() - 1
        });
        if let Some(scope) = self.scopes.get_mut(at) {
            let spans = scope.spans.to_mut();
            let before = spans.0.len();
            spans.message_of(2, usual_length(span), |to| encode_span(to, span));
            self.bytes += spans.0.len() - before;
            self.spans += 1;
        }
    }

    /// Adds the spans of another batch, as they are encoded.
    pub(crate) fn append(&mut self, other: &Self) {
        for scope in other.scopes() {
            if let Some(own) = self.scopes.iter_mut().find(|own| own.name == scope.name) {
                own.spans.append(scope.spans.as_slice());
            } else {
                self.scopes.push(Scope { name: scope.name.clone(), spans: scope.spans.clone() });
            }
        }
        self.spans += other.spans;
        self.bytes += other.bytes;
    }

    /// Adds a span of a scope of another batch, as the field that holds it.
    pub(super) fn add_field(&mut self, scope: &Scope, field: &[u8]) {
        if let Some(own) = self.scopes.iter_mut().find(|own| own.name == scope.name) {
            own.spans.append(field);
        } else {
            let mut spans = SharedBytes::default();
            spans.append(field);
            self.scopes.push(Scope { name: scope.name.clone(), spans });
        }
        self.spans += 1;
        self.bytes += field.len();
    }

    /// The scopes that have spans.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().filter(|scope| !scope.spans.as_slice().is_empty())
    }

    /// Releases memory that holds no spans.
    pub(crate) fn shrink(&mut self) {
        self.scopes.iter_mut().for_each(|scope| scope.spans.to_mut().0.shrink_to_fit());
    }

    /// Removes all spans. Keeps the memory of one scope, up to `RETAINED_CAPACITY`.
    pub(crate) fn clear(&mut self) {
        (self.spans, self.bytes) = (0, 0);
        self.scopes.truncate(1);
        self.scopes.iter_mut().for_each(|scope| scope.spans.clear());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::Limits;

    fn named(name: &str) -> SpanData {
        SpanData { name: name.to_owned(), ..SpanData::blank(Limits::default()) }
    }

    fn bytes(batch: &Batch) -> Bytes {
        batch.scopes().next().map(|scope| scope.spans.share()).unwrap_or_default()
    }

    #[test]
    fn a_request_shares_the_memory_of_its_batch_which_is_reused_when_it_is_gone() {
        let mut batch = Batch::default();
        batch.add(&named("first"));
        let sent = bytes(&batch);
        let place = sent.as_ptr();
        drop(sent);
        batch.clear();
        batch.add(&named("second"));
        assert_eq!(bytes(&batch).as_ptr(), place);
    }

    #[test]
    fn bytes_that_a_request_still_has_do_not_change() {
        for cleared in [false, true] {
            let mut batch = Batch::default();
            batch.add(&named("first"));
            let (sent, before) = (bytes(&batch), bytes(&batch).to_vec());
            if cleared {
                batch.clear();
            }
            batch.add(&named("second"));
            assert_eq!(sent, before);
            assert_ne!(bytes(&batch), before);
        }
    }
}
