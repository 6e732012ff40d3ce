//! The spans of a batch, one by one, as they are encoded: for a destination that takes only some, or not all at once.

use super::batch::{Batch, Scope};
use super::encode_span::times;
use super::encoder::Encoder;

/// An encoded span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodedSpan<'a> {
    /// The `ScopeSpans.spans` field, with tag and length.
    pub(crate) field: &'a [u8],
    /// In nanoseconds since 1970.
    pub(crate) start: u64,
    /// In nanoseconds since 1970.
    pub(crate) end: u64,
}

impl<'a> EncodedSpan<'a> {
    /// The `Span` message.
    pub(crate) fn message(self) -> &'a [u8] {
        head(self.field).and_then(|(head, _)| self.field.get(head..)).unwrap_or_default()
    }
}

impl Scope {
    /// Its spans, in the order in which they were added.
    pub(crate) fn encoded_spans(&self) -> impl Iterator<Item = EncodedSpan<'_>> {
        let mut rest = self.spans.as_slice();
        std::iter::from_fn(move || {
            let (head, length) = head(rest)?;
            let (field, after) = rest.split_at_checked(head + length)?;
            rest = after;
            let (start, end) = times(&field[head..])?;
            Some(EncodedSpan { field, start, end })
        })
    }
}

impl Batch {
    /// Adds a span of a scope of another batch.
    pub(crate) fn add_encoded(&mut self, scope: &Scope, span: EncodedSpan<'_>) {
        self.add_field(scope, span.field);
    }
}

impl Encoder {
    /// The bytes of resource and scope, as every request with spans of this scope has them.
    pub(crate) fn context_length(&self, scope: &Scope) -> usize {
        self.resource_length() + self.scope_length(scope)
    }
}

/// The lengths of a field's tag with its length, and of its content.
fn head(field: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (at, byte) in field.iter().enumerate().skip(1).take(5) {
        length |= usize::from(byte & 0x7f) << (7 * (at - 1));
        if byte & 0x80 == 0 {
            return Some((at + 1, length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use opentelemetry_sdk::Resource;

    use super::*;
    use crate::otlp::{Limits, SpanData};

    #[test]
    fn spans_of_any_length_are_read_back_with_their_times() {
        let mut batch = Batch::default();
        for length in [0_usize, 1, 100, 20_000, 3_000_000] {
            let mut span = SpanData::blank(Limits::default());
            span.name = "a".repeat(length);
            let seconds = u64::try_from(length).expect("a number");
            span.start = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            span.end = span.start + Duration::from_nanos(7);
            batch.add(&span);
        }
        let scope = batch.scopes().next().expect("a scope");
        let seconds: Vec<_> = scope.encoded_spans().map(|span| span.start / 1_000_000_000).collect();
        assert_eq!(seconds, [0, 1, 100, 20_000, 3_000_000]);
        assert!(scope.encoded_spans().all(|span| span.end - span.start == 7));
        let mut copy = Batch::default();
        scope.encoded_spans().for_each(|span| copy.add_encoded(scope, span));
        let encoder = Encoder::new(&Resource::builder_empty().build());
        assert_eq!(encoder.request(&copy), encoder.request(&batch));
        assert_eq!(copy.len(), 5);
    }
}
