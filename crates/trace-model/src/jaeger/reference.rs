//! What a span refers to, in Jaeger's words: its parent first, then what its links name.

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
    trace_id: Id,
    #[serde(rename = "spanID")]
    pub(super) span_id: SpanId,
}

pub(super) fn references(span: &Span<'_>) -> impl Iterator<Item = Reference> {
    let parent =
        span.parent.map(|span_id| Reference { ref_type: CHILD_OF, trace_id: Id(span.trace_id), span_id });
    let links = span.links().filter_map(|link| {
        Some(Reference { ref_type: FOLLOWS_FROM, trace_id: Id(link.trace_id?), span_id: link.span_id? })
    });
    parent.into_iter().chain(links)
}

/// Of a trace. Where the first half is zero Jaeger leaves it out: it came from who has ids of 64 bits.
#[derive(Debug)]
pub(super) struct Id(pub(super) TraceId);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match u64::try_from(u128::from_be_bytes(*self.0.as_bytes())) {
            Ok(half) => serializer.collect_str(&format_args!("{half:016x}")),
            Err(_) => self.0.serialize(serializer),
        }
    }
}
