//! What Jaeger shows beside attributes: the spans of a trace that may have it, and whether one has.

use base64::{Engine, prelude::BASE64_STANDARD};
use trace_model::{Origin, Span, SpanKind, StatusCode, jaeger};

use crate::{
    attributes::{SpanMask, TokenCandidates, token_of_bytes},
    index::TraceEntry,
    query::ValuePredicate,
};

/// A tag of Jaeger that a query asks for, as far as it may be something else than an attribute with that text.
pub(super) struct ShownTag {
    /// Only the bytes of a span tell, for every span.
    in_any_span: bool,
    status: Option<StatusCode>,
    kind: Option<SpanKind>,
    /// An attribute whose value is bytes, shown in base64.
    bytes: Option<TokenCandidates>,
}

impl ShownTag {
    pub(super) fn new(key: &str, predicate: &ValuePredicate) -> Self {
        let text = predicate.exact_text().unwrap_or_default();
        // Empty values, lists and maps: an attribute is indexed by the bytes of its value, of which the text tells little.
        let is_nested = text.is_empty() || text.starts_with(['[', '{']);
        let is_indexed_field = [jaeger::SPAN_KIND, jaeger::STATUS_CODE, jaeger::ERROR].contains(&key);
        let kind = (1..6).map(SpanKind::from_otlp).find(|kind| kind.as_str() == text);
        let status = match (key, text) {
            (jaeger::ERROR, "true") | (jaeger::STATUS_CODE, "ERROR") => Some(StatusCode::Error),
            (jaeger::STATUS_CODE, "OK") => Some(StatusCode::Ok),
            _ => None,
        };
        let bytes = BASE64_STANDARD.decode(text).ok();
        Self {
            in_any_span: is_nested || (jaeger::is_field_tag(key) && !is_indexed_field),
            status,
            kind: kind.filter(|_| key == jaeger::SPAN_KIND),
            bytes: bytes
                .map(|bytes| TokenCandidates::Exact([token_of_bytes(key, &bytes)].into_iter().collect())),
        }
    }

    /// The spans of a trace that may show it.
    pub(super) fn spans_in(&self, trace: &TraceEntry) -> SpanMask {
        let digest = &trace.digest;
        // Attributes of events are not indexed.
        if self.in_any_span || digest.has_events {
            return SpanMask::first(trace.spans.len());
        }
        let bytes = self.bytes.as_ref();
        let mut spans =
            bytes.map_or(SpanMask::NONE, |bytes| bytes.spans_in(&digest.attributes, &trace.postings));
        let may_have_field = self.status.is_some_and(|status| digest.may_have_status(status))
            || self.kind.is_some_and(|kind| digest.may_have_kind(kind));
        if may_have_field {
            for (position, span) in trace.spans.iter().enumerate() {
                if self.status == Some(span.status) || self.kind == Some(span.kind) {
                    spans = spans.or(SpanMask::of(position));
                }
            }
        }
        spans
    }
}

/// Whether an encoded span shows a tag or a field of a log that matches.
pub(super) fn is_shown(key: &str, predicate: &ValuePredicate, span: &[u8], origin: &Origin<'_>) -> bool {
    Span::decode(span).is_ok_and(|span| jaeger::shows(origin, &span, key, |text| predicate.matches(text)))
}
