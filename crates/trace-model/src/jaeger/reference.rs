//! Jaeger's references of a span: the parent first, then the links.

use serde::{Serialize, Serializer};

use crate::{
    id::{SpanId, TraceId},
    span::Span,
};

pub(super) const CHILD_OF: &str = "CHILD_OF";
pub(super) const FOLLOWS_FROM: &str = "FOLLOWS_FROM";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    pub(super) ref_type: &'static str,
    #[serde(rename = "traceID")]
    trace_id: TraceIdJson,
    #[serde(rename = "spanID")]
    pub(super) span_id: SpanId,
}

pub(super) fn references(span: &Span<'_>) -> impl Iterator<Item = Reference> {
    let parent = span.parent.map(|span_id| Reference {
        ref_type: CHILD_OF,
        trace_id: TraceIdJson(span.trace_id),
        span_id,
    });
    let links = span.links().filter_map(|link| {
        Some(Reference {
            ref_type: FOLLOWS_FROM,
            trace_id: TraceIdJson(link.trace_id?),
            span_id: link.span_id?,
        })
    });
    parent.into_iter().chain(links)
}

/// A trace id in JSON. Jaeger omits a first half of zeros, which comes from systems with 64-bit ids.
#[derive(Debug)]
pub(super) struct TraceIdJson(pub(super) TraceId);

impl Serialize for TraceIdJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match u64::try_from(u128::from_be_bytes(*self.0.as_bytes())) {
            Ok(half) => serializer.collect_str(&format_args!("{half:016x}")),
            Err(_) => self.0.serialize(serializer),
        }
    }
}
