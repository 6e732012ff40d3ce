//! Jaeger JSON to protobuf: traces become an `ExportTraceServiceRequest`, which then takes the same path as
//! received ones.

use std::borrow::Cow;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    tags,
    uimodel::{File, TagValue, UiLog, UiProcess, UiReference, UiSpan, UiTag, UiTrace},
};
use crate::{
    id::{SpanId, TraceId},
    otlp::Output,
    span::{SpanKind, StatusCode},
    time::Clamp,
    wire::Writer,
};

/// Appends the spans of `{"data": [trace, ..]}`, or of a single trace. Spans keep their order. An id that is not hex becomes
/// empty, so its span is rejected later.
pub(crate) fn read_document(json: &str, out: &mut Output) -> Result<(), serde_json::Error> {
    let file: File<'_> = serde_json::from_str(json)?;
    let single = UiTrace { spans: file.spans, processes: file.processes };
    for trace in file.data.iter().flatten().chain([&single]) {
        write_trace(trace, out);
    }
    Ok(())
}

/// Writes the spans in order. A new `ResourceSpans` starts when the process changes, a new `ScopeSpans` when the
/// scope does.
fn write_trace(trace: &UiTrace<'_>, Output { writer: out, clamp }: &mut Output) {
    let spans: Vec<_> = trace.spans.iter().flatten().map(|span| (span, TagFields::from_span(span))).collect();
    for process_spans in spans.chunk_by(|(a, _), (b, _)| a.process_id == b.process_id && a.process.is_none())
    {
        let resource_spans = out.begin(1);
        let process = process_spans.first().and_then(|(span, _)| {
            let named = trace.processes.as_ref().and_then(|processes| processes.get(&span.process_id));
            named.or(span.process.as_ref())
        });
        if let Some(process) = process {
            process.write(out);
        }
        for spans_of_scope in process_spans.chunk_by(|(_, a), (_, b)| a.scope == b.scope) {
            let scope_spans = out.begin(2);
            if let Some((_, tag_fields)) = spans_of_scope.first() {
                write_scope(tag_fields.scope, out);
            }
            for (span, tag_fields) in spans_of_scope {
                span.write(tag_fields, out, clamp);
            }
            out.end(scope_spans);
        }
        out.end(resource_spans);
    }
}

fn write_scope((name, version): (&str, &str), out: &mut Writer) {
    if !name.is_empty() || !version.is_empty() {
        let scope = out.begin(1);
        write_non_empty(1, name, out);
        write_non_empty(2, version, out);
        out.end(scope);
    }
}

fn write_non_empty(number: u32, text: &str, out: &mut Writer) {
    if !text.is_empty() {
        out.bytes(number, text.as_bytes());
    }
}

/// OpenTelemetry fields that the tags of a span carry.
#[derive(Default)]
struct TagFields<'s> {
    kind: SpanKind,
    status: StatusCode,
    message: &'s str,
    /// Name and version.
    scope: (&'s str, &'s str),
    trace_state: &'s str,
    /// Indexes of the tags that became fields.
    consumed: Vec<usize>,
}

impl<'s> TagFields<'s> {
    fn from_span(span: &'s UiSpan<'_>) -> Self {
        let tags = span.tags.as_deref().unwrap_or_default();
        // Only the first tag of a name can be a field: see `tags`.
        let first = |key: &str| tags.iter().enumerate().find(|(_, tag)| tag.key == key);
        let mut tag_fields = Self::default();
        let mut text = |key: &str| {
            let (index, text) = first(key).and_then(|(index, tag)| Some((index, tag.text()?)))?;
            (!text.is_empty()).then(|| {
                tag_fields.consumed.push(index);
                text
            })
        };
        tag_fields.message = text(tags::STATUS_DESCRIPTION).unwrap_or_default();
        tag_fields.scope =
            (text(tags::SCOPE_NAME).unwrap_or_default(), text(tags::SCOPE_VERSION).unwrap_or_default());
        tag_fields.trace_state = text(tags::TRACE_STATE).unwrap_or_default();
        if let Some((index, tag)) = first(tags::SPAN_KIND)
            && let Some(kind) = (1..6).map(SpanKind::from_otlp).find(|kind| tag.text() == Some(kind.as_str()))
        {
            tag_fields.kind = kind;
            tag_fields.consumed.push(index);
        }
        tag_fields.read_status(first(tags::STATUS_CODE), first(tags::ERROR));
        tag_fields
    }

    /// Reads the status from the tags `otel.status_code` and `error`, each with its index.
    fn read_status(&mut self, code: Option<(usize, &UiTag<'_>)>, error: Option<(usize, &UiTag<'_>)>) {
        let failed = error.filter(|(_, tag)| matches!(tag.value, TagValue::Bool(true)));
        self.status = match (code, failed) {
            (Some((index, tag)), Some((error, _))) if tag.text() == Some("ERROR") => {
                self.consumed.extend([index, error]);
                StatusCode::Error
            }
            (Some((index, tag)), _) if tag.text() == Some("OK") => {
                self.consumed.push(index);
                StatusCode::Ok
            }
            (None, Some((error, _))) => {
                self.consumed.push(error);
                StatusCode::Error
            }
            _ => StatusCode::Unset,
        };
    }
}

impl UiSpan<'_> {
    fn write(&self, tag_fields: &TagFields<'_>, out: &mut Writer, clamp: &mut Clamp) {
        let span = out.begin(2);
        let trace_id = TraceId::parse_padded(&self.trace_id).ok();
        write_id(1, trace_id.as_ref().map(TraceId::as_bytes), out);
        write_id(2, SpanId::parse_padded(&self.span_id).ok().as_ref().map(SpanId::as_bytes), out);
        write_non_empty(3, tag_fields.trace_state, out);
        let references = self.references.as_deref().unwrap_or_default();
        let is_parent = |reference: &&UiReference<'_>| {
            reference.ref_type == "CHILD_OF" && TraceId::parse_padded(&reference.trace_id).ok() == trace_id
        };
        let parent = references.iter().find(is_parent);
        let parent_id = parent.map_or(&self.parent_span_id, |parent| &parent.span_id);
        write_id(4, SpanId::parse_padded(parent_id).ok().as_ref().map(SpanId::as_bytes), out);
        write_non_empty(5, &self.operation_name, out);
        if tag_fields.kind != SpanKind::Unspecified {
            out.varint(6, u64::from(tag_fields.kind.to_otlp()));
        }
        let (start, end) = self.times(clamp);
        out.time(7, start);
        out.time(8, end);
        let tags = self.tags.iter().flatten().enumerate();
        for (_, tag) in tags.filter(|(index, _)| !tag_fields.consumed.contains(index)) {
            tag.write(9, out);
        }
        for log in self.logs.iter().flatten() {
            log.write(out, clamp);
        }
        let is_link =
            |reference: &&UiReference<'_>| parent.is_none_or(|parent| !std::ptr::eq(parent, *reference));
        for link in references.iter().filter(is_link) {
            link.write(out);
        }
        if tag_fields.status != StatusCode::Unset || !tag_fields.message.is_empty() {
            let status = out.begin(15);
            write_non_empty(2, tag_fields.message, out);
            out.varint(3, u64::from(tag_fields.status.to_otlp()));
            out.end(status);
        }
        if self.flags != 0 {
            out.fixed32(16, self.flags);
        }
        out.end(span);
    }

    /// Start and end in nanoseconds.
    fn times(&self, clamp: &mut Clamp) -> (u64, u64) {
        let (start, duration) = (self.start_time.nanos(), self.duration.nanos());
        // A start of 0 is none in OTLP. A span with a duration has one, in the first microsecond.
        let first = clamp.nanos(start).max(u64::from(duration > 0));
        let has_negative_duration =
            self.warnings.iter().flatten().any(|warning| warning == tags::NEGATIVE_DURATION);
        let end = if has_negative_duration {
            first.saturating_sub(1000)
        } else {
            clamp.nanos(i128::from(first).saturating_add(duration))
        };
        (first, end)
    }
}

fn write_id<const N: usize>(number: u32, id: Option<&[u8; N]>, out: &mut Writer) {
    if let Some(id) = id {
        out.bytes(number, id);
    }
}

impl UiLog<'_> {
    fn write(&self, out: &mut Writer, clamp: &mut Clamp) {
        let event = out.begin(11);
        out.time(1, clamp.nanos(self.timestamp.nanos()));
        let fields = self.fields.as_deref().unwrap_or_default();
        let first = fields.iter().enumerate().find(|(_, field)| field.key == tags::EVENT);
        let name = first.filter(|(_, field)| field.text().is_some_and(|text| !text.is_empty()));
        if let Some((_, field)) = name {
            write_non_empty(2, field.text().unwrap_or_default(), out);
        }
        let is_name = |index: usize| name.is_some_and(|(name, _)| name == index);
        for (_, field) in fields.iter().enumerate().filter(|(index, _)| !is_name(*index)) {
            field.write(3, out);
        }
        out.end(event);
    }
}

impl UiReference<'_> {
    fn write(&self, out: &mut Writer) {
        let link = out.begin(13);
        write_id(1, TraceId::parse_padded(&self.trace_id).ok().as_ref().map(TraceId::as_bytes), out);
        write_id(2, SpanId::parse_padded(&self.span_id).ok().as_ref().map(SpanId::as_bytes), out);
        out.end(link);
    }
}

impl UiProcess<'_> {
    fn write(&self, out: &mut Writer) {
        let resource = out.begin(1);
        let name = UiTag {
            key: Cow::Borrowed("service.name"),
            value_type: Cow::Borrowed("string"),
            value: TagValue::Text(Cow::Borrowed(&self.service_name)),
        };
        if !self.service_name.is_empty() {
            name.write(1, out);
        }
        for tag in self.tags.iter().flatten() {
            tag.write(1, out);
        }
        out.end(resource);
    }
}

impl UiTag<'_> {
    /// The text of a string tag.
    fn text(&self) -> Option<&str> {
        match &self.value {
            TagValue::Text(text) if self.value_type.is_empty() || self.value_type == "string" => Some(text),
            _ => None,
        }
    }

    /// Writes the tag as a `KeyValue`.
    fn write(&self, number: u32, out: &mut Writer) {
        let key_value = out.begin(number);
        out.bytes(1, self.key.as_bytes());
        let value = out.begin(2);
        match (&*self.value_type, &self.value) {
            (_, TagValue::Null) => {}
            (_, TagValue::Bool(bit)) => out.varint(2, u64::from(*bit)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the sender wrote a floating-point number without a decimal point"
            )]
            ("float64", TagValue::Int(int)) => out.fixed64(4, (*int as f64).to_bits()),
            (_, TagValue::Int(int)) => out.varint(3, int.cast_unsigned()),
            (_, TagValue::Double(double)) => out.fixed64(4, double.to_bits()),
            (of, TagValue::Text(text)) => write_text(of, text, out),
        }
        out.end(value);
        out.end(key_value);
    }
}

/// Writes a value given as text: of its declared type if it parses as that, else as a string.
fn write_text(of: &str, text: &str, out: &mut Writer) {
    match of {
        "int64" if let Ok(int) = text.parse::<i64>() => out.varint(3, int.cast_unsigned()),
        "float64" if let Ok(double) = text.parse::<f64>() => out.fixed64(4, double.to_bits()),
        "bool" if let Ok(bit) = text.parse::<bool>() => out.varint(2, u64::from(bit)),
        "binary" if let Ok(bytes) = BASE64_STANDARD.decode(text) => out.bytes(7, &bytes),
        _ => out.bytes(1, text.as_bytes()),
    }
}
