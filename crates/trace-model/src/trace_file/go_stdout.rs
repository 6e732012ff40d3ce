//! Spans of Go's exporter to standard output, `go.opentelemetry.io/otel/exporters/stdout/stdouttrace`. Docker Desktop and
//! `BuildKit` keep the traces of builds in this form.

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
#[serde(rename_all = "PascalCase")]
struct Span<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "SpanContext")]
    context: SpanContext<'a>,
    #[serde(borrow)]
    parent: Option<SpanContext<'a>>,
    #[serde(rename = "SpanKind", default)]
    kind: u32,
    #[serde(default)]
    start_time: Rfc3339,
    #[serde(default)]
    end_time: Rfc3339,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    links: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
    #[serde(default)]
    dropped_attributes: u32,
    #[serde(default)]
    dropped_events: u32,
    #[serde(default)]
    dropped_links: u32,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    instrumentation_scope: Option<Scope<'a>>,
    /// The name of the scope before version 1.28.
    #[serde(borrow)]
    instrumentation_library: Option<Scope<'a>>,
}

#[derive(Deserialize)]
struct SpanContext<'a> {
    #[serde(borrow, rename = "TraceID", default)]
    trace_id: Cow<'a, str>,
    #[serde(borrow, rename = "SpanID", default)]
    span_id: Cow<'a, str>,
    #[serde(borrow, rename = "TraceFlags", default)]
    flags: Cow<'a, str>,
    #[serde(borrow, rename = "TraceState", default)]
    trace_state: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status<'a> {
    #[serde(borrow)]
    code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Scope<'a> {
    #[serde(borrow, rename = "Name", default)]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "Version", default)]
    version: Cow<'a, str>,
    #[serde(borrow, rename = "SchemaURL", default)]
    schema: Cow<'a, str>,
    #[serde(borrow, rename = "Attributes")]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(default)]
    time: Rfc3339,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(default)]
    dropped_attribute_count: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Link<'a> {
    #[serde(borrow, rename = "SpanContext")]
    context: SpanContext<'a>,
    #[serde(borrow)]
    attributes: Option<&'a RawValue>,
    #[serde(default)]
    dropped_attribute_count: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    value: TypedValue<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TypedValue<'a> {
    #[serde(borrow, rename = "Type")]
    value_type: Cow<'a, str>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

pub(super) fn read(json: &str, out: &mut SpanWriter) -> Result<(), serde_json::Error> {
    let span: Span<'_> = serde_json::from_str(json)?;
    out.add(span.origin()?, |out, clamp| {
        let context = &span.context;
        write_trace_id(1, &context.trace_id, out);
        write_span_id(2, &context.span_id, out);
        write_text(3, &context.trace_state, out);
        write_span_id(4, span.parent.as_ref().map_or("", |parent| &parent.span_id), out);
        write_text(5, span.name.as_deref().unwrap_or_default(), out);
        write_kind(SpanKind::from_otlp(span.kind.into()), out);
        out.time(7, clamp.nanos(span.start_time.0));
        out.time(8, clamp.nanos(span.end_time.0));
        write_attributes(span.attributes, 9, out)?;
        write_count(10, span.dropped_attributes, out);
        each_value(span.events, |event| {
            let event: Event<'_> = serde_json::from_str(event)?;
            let message = out.begin(11);
            out.time(1, clamp.nanos(event.time.0));
            write_text(2, event.name.as_deref().unwrap_or_default(), out);
            write_attributes(event.attributes, 3, out)?;
            write_count(4, event.dropped_attribute_count, out);
            out.end(message);
            Ok(())
        })?;
        write_count(12, span.dropped_events, out);
        each_value(span.links, |link| write_link(&serde_json::from_str(link)?, out))?;
        write_count(14, span.dropped_links, out);
        let status = span.status.as_ref();
        let code = match status.and_then(|status| status.code.as_deref()) {
            Some("Error") => StatusCode::Error,
            Some("Ok") => StatusCode::Ok,
            _ => StatusCode::Unset,
        };
        write_status(code, status.and_then(|status| status.description.as_deref()).unwrap_or_default(), out);
        write_flags(16, context.flags(), out);
        Ok(())
    })
}

impl Span<'_> {
    fn origin(&self) -> Result<Origin, serde_json::Error> {
        let (mut resource, mut scope_message) = (Writer::new(), Writer::new());
        write_attributes(self.resource, 1, &mut resource)?;
        let scope = self.instrumentation_scope.as_ref().or(self.instrumentation_library.as_ref());
        if let Some(scope) = scope {
            write_text(1, &scope.name, &mut scope_message);
            write_text(2, &scope.version, &mut scope_message);
            write_attributes(scope.attributes, 3, &mut scope_message)?;
        }
        Ok(Origin {
            resource: resource.into_bytes(),
            scope: scope_message.into_bytes(),
            scope_schema: scope.map_or_else(String::new, |scope| scope.schema.clone().into_owned()),
            ..Origin::default()
        })
    }
}

impl SpanContext<'_> {
    fn flags(&self) -> u32 {
        u32::from_str_radix(&self.flags, 16).unwrap_or_default()
    }
}

fn write_link(link: &Link<'_>, out: &mut Writer) -> Result<(), serde_json::Error> {
    let message = out.begin(13);
    write_trace_id(1, &link.context.trace_id, out);
    write_span_id(2, &link.context.span_id, out);
    write_text(3, &link.context.trace_state, out);
    write_attributes(link.attributes, 4, out)?;
    write_count(5, link.dropped_attribute_count, out);
    write_flags(6, link.context.flags(), out);
    out.end(message);
    Ok(())
}

fn write_flags(number: u32, flags: u32, out: &mut Writer) {
    if flags > 0 {
        out.fixed32(number, flags);
    }
}

fn write_count(number: u32, count: u32, out: &mut Writer) {
    if count > 0 {
        out.varint(number, u64::from(count));
    }
}

/// Writes a list of attributes as `KeyValue` messages. The type of a value is that of its JSON, except for floating-point
/// numbers, of which Go writes whole ones without a decimal point.
fn write_attributes(list: Option<&RawValue>, number: u32, out: &mut Writer) -> Result<(), serde_json::Error> {
    each_value(list, |attribute| {
        let Attribute { key, value: TypedValue { value_type, value } } = serde_json::from_str(attribute)?;
        let key_value = out.begin(number);
        out.bytes(1, key.as_bytes());
        let any_value = out.begin(2);
        match (&*value_type, value) {
            (_, None) => {}
            ("FLOAT64", Some(value)) => write_double(value.get(), out)?,
            ("FLOAT64SLICE", Some(value)) => {
                let array = out.begin(5);
                each_value(Some(value), |value| {
                    let element = out.begin(1);
                    write_double(value, out)?;
                    out.end(element);
                    Ok(())
                })?;
                out.end(array);
            }
            (_, Some(value)) => attributes::write_value(value, out)?,
        }
        out.end(any_value);
        out.end(key_value);
        Ok(())
    })
}

fn write_double(json: &str, out: &mut Writer) -> Result<(), serde_json::Error> {
    let double: f64 = serde_json::from_str(json)?;
    out.fixed64(4, double.to_bits());
    Ok(())
}
