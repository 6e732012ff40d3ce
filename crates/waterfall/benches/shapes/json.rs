//! A request in OTLP's JSON, with the fields that the shapes use.

use std::fmt::Write as _;

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};

/// The texts of the shapes need no escapes.
pub(crate) fn of(request: &ExportTraceServiceRequest) -> Vec<u8> {
    let resources = request.resource_spans.iter().map(|resource| {
        let attributes = resource.resource.iter().flat_map(|resource| &resource.attributes);
        let spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
        format!(
            r#"{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"spans":[{}]}}]}}"#,
            list(attributes.map(attribute)),
            list(spans.map(span))
        )
    });
    format!(r#"{{"resourceSpans":[{}]}}"#, list(resources)).into_bytes()
}

fn span(span: &Span) -> String {
    let links = span
        .links
        .iter()
        .map(|link| format!(r#"{{"traceId":"{}","spanId":"{}"}}"#, hex(&link.trace_id), hex(&link.span_id)));
    let events = span
        .events
        .iter()
        .map(|event| format!(r#"{{"timeUnixNano":"{}","name":"{}"}}"#, event.time_unix_nano, event.name));
    let status = span
        .status
        .iter()
        .map(|status| format!(r#","status":{{"code":{},"message":"{}"}}"#, status.code, status.message));
    format!(
        r#"{{"traceId":"{}","spanId":"{}","parentSpanId":"{}","traceState":"{}","name":"{}","kind":{},"startTimeUnixNano":"{}","#,
        hex(&span.trace_id),
        hex(&span.span_id),
        hex(&span.parent_span_id),
        span.trace_state,
        span.name,
        span.kind,
        span.start_time_unix_nano
    ) + &format!(
        r#""endTimeUnixNano":"{}","attributes":[{}],"links":[{}],"events":[{}]{}}}"#,
        span.end_time_unix_nano,
        list(span.attributes.iter().map(attribute)),
        list(links),
        list(events),
        status.collect::<String>()
    )
}

fn attribute(attribute: &KeyValue) -> String {
    let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
    let Some(Value::StringValue(text)) = value else { panic!("the shapes have texts only") };
    format!(r#"{{"key":"{}","value":{{"stringValue":"{text}"}}}}"#, attribute.key)
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
