//! [`SpanData`] from a span that OpenTelemetry's SDK recorded.

use opentelemetry_sdk::trace as sdk;

use super::limits::Limits;
use super::span_data::{EventsAndLinks, SpanData};

/// Converts without limits, which the SDK has applied.
impl From<sdk::SpanData> for SpanData {
    fn from(span: sdk::SpanData) -> Self {
        let more = EventsAndLinks {
            events: span.events.events,
            dropped_events: span.events.dropped_count,
            links: span.links.links,
            dropped_links: span.links.dropped_count,
        };
        let mut data = Self {
            span_context: span.span_context,
            parent: span.parent_span_id,
            parent_is_remote: span.parent_span_is_remote,
            name: span.name.into_owned(),
            kind: span.span_kind,
            start: span.start_time,
            end: span.end_time,
            more: Some(Box::new(more)),
            status: span.status,
            scope: Some(span.instrumentation_scope),
            ..Self::blank(Limits::NONE)
        };
        for attribute in &span.attributes {
            data.attributes.add(attribute.key.as_str(), &attribute.value);
        }
        data.attributes.add_dropped(span.dropped_attributes_count);
        data
    }
}
