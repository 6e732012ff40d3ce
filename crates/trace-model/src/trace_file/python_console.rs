//! Spans of Python's `ConsoleSpanExporter`: what `ReadableSpan.to_json` of `opentelemetry-sdk` writes.
//!
//! It has no instrumentation scope, and no `tracestate` that can be read back.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    attributes,
    lists::each_value,
    span_writer::{Origin, SpanWriter, write_kind, write_span_id, write_status, write_text, write_trace_id},
    timestamp::Rfc3339,
};
use crate::{
    span::{SpanKind, StatusCode},
    wire::Writer,
};

#[derive(Deserialize)]
struct Span<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    context: SpanContext<'a>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    parent_id: Option<Cow<'a, str>>,
    #[serde(default)]
    start_time: Rfc3339,
    #[serde(default)]
    end_time: Rfc3339,
    #[serde(borrow)]
    status: Option<Status<'a>>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    links: Option<&'a RawValue>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

#[derive(Deserialize)]
struct SpanContext<'a> {
    #[serde(borrow, default)]
    trace_id: Cow<'a, str>,
    #[serde(borrow, default)]
    span_id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    status_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    schema_url: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(default)]
    timestamp: Rfc3339,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow)]
    context: SpanContext<'a>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
}

pub(super) fn read(json: &str, out: &mut SpanWriter) -> Result<(), serde_json::Error> {
    let span: Span<'_> = serde_json::from_str(json)?;
    out.add(span.origin()?, |out, clamp| {
        write_trace_id(1, &span.context.trace_id, out);
        write_span_id(2, &span.context.span_id, out);
        write_span_id(4, span.parent_id.as_deref().unwrap_or_default(), out);
        write_text(5, span.name.as_deref().unwrap_or_default(), out);
        write_kind(span.kind(), out);
        out.time(7, clamp.nanos(span.start_time.0));
        out.time(8, clamp.nanos(span.end_time.0));
        attributes::write(span.attributes, 9, out)?;
        each_value(span.events, |event| {
            let event: Event<'_> = serde_json::from_str(event)?;
            let message = out.begin(11);
            out.time(1, clamp.nanos(event.timestamp.0));
            write_text(2, event.name.as_deref().unwrap_or_default(), out);
            attributes::write(event.attributes, 3, out)?;
            out.end(message);
            Ok(())
        })?;
        each_value(span.links, |link| {
            let link: Link<'_> = serde_json::from_str(link)?;
            let message = out.begin(13);
            write_trace_id(1, &link.context.trace_id, out);
            write_span_id(2, &link.context.span_id, out);
            attributes::write(link.attributes, 4, out)?;
            out.end(message);
            Ok(())
        })?;
        let status = span.status.as_ref();
        let code = match status.and_then(|status| status.status_code.as_deref()) {
            Some("ERROR") => StatusCode::Error,
            Some("OK") => StatusCode::Ok,
            _ => StatusCode::Unset,
        };
        write_status(code, status.and_then(|status| status.description.as_deref()).unwrap_or_default(), out);
        Ok(())
    })
}

impl Span<'_> {
    fn kind(&self) -> SpanKind {
        match self.kind.as_deref() {
            Some("SpanKind.INTERNAL") => SpanKind::Internal,
            Some("SpanKind.SERVER") => SpanKind::Server,
            Some("SpanKind.CLIENT") => SpanKind::Client,
            Some("SpanKind.PRODUCER") => SpanKind::Producer,
            Some("SpanKind.CONSUMER") => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        }
    }

    fn origin(&self) -> Result<Origin, serde_json::Error> {
        let mut resource = Writer::new();
        let Some(given) = &self.resource else { return Ok(Origin::default()) };
        attributes::write(given.attributes, 1, &mut resource)?;
        Ok(Origin {
            resource: resource.into_bytes(),
            resource_schema: given.schema_url.as_deref().unwrap_or_default().to_owned(),
            ..Origin::default()
        })
    }
}
