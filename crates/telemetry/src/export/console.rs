//! The sink of `OTEL_TRACES_EXPORTER=console`: prints spans to standard output, one line each.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;

use super::sink::{Accepted, Failure, Sink};
use crate::otlp::Batch;

/// Prints spans to standard output.
#[derive(Debug)]
pub(crate) struct Console;

impl Sink for Console {
    fn send(&mut self, batch: &Batch, _: Duration) -> Result<Accepted, Failure> {
        let refused = |error: &dyn std::error::Error| Failure::Permanent(error.to_string());
        let mut out = stdout().lock();
        for scope in batch.scopes() {
            for span in &scope.decoded().map_err(|error| refused(&error))? {
                writeln!(out, "{}", line(span)).map_err(|error| refused(&error))?;
            }
        }
        out.flush().map_err(|error| refused(&error))?;
        Ok(Accepted::default())
    }
}

fn line(span: &Span) -> String {
    let duration = Duration::from_nanos(span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano));
    let status = span.status.clone().unwrap_or_default();
    format!(
        "span trace_id={} span_id={} parent={} kind={} name={:?} \
         duration={duration:?} status={}{} attributes={:?} events={:?}",
        hex(&span.trace_id),
        hex(&span.span_id),
        hex(&span.parent_span_id),
        word(span.kind().as_str_name()),
        span.name,
        word(status.code().as_str_name()),
        if status.message.is_empty() { String::new() } else { format!("({:?})", status.message) },
        span.attributes.iter().map(pair).collect::<Vec<_>>(),
        span.events.iter().map(|event| &event.name).collect::<Vec<_>>(),
    )
}

/// The last word of a name such as `SPAN_KIND_SERVER`, in lower case.
fn word(name: &str) -> String {
    name.rsplit('_').next().unwrap_or_default().to_lowercase()
}

/// An id as hexadecimal digits.
pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn pair(attribute: &KeyValue) -> String {
    format!("{}={}", attribute.key, text(attribute.value.as_ref()))
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(Value::ArrayValue(array)) => {
            let values: Vec<_> = array.values.iter().map(|value| text(Some(value))).collect();
            format!("[{}]", values.join(","))
        }
        // A span's attributes have no other kinds.
        _ => String::new(),
    }
}
