//! Turns `tracing`'s fields into OpenTelemetry attributes, with their types.

use std::error::Error;
use std::fmt::Debug;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use tracing::field::{Field, Visit};

use crate::error_chain;
use crate::otlp::Attributes;

/// Visits the fields of a span. Fields whose name begins with `otel.` set name, kind or status; the others are
/// attributes.
pub(super) struct SpanFields<'a> {
    pub(super) attributes: &'a mut Attributes,
    pub(super) name: Option<String>,
    pub(super) kind: Option<SpanKind>,
    pub(super) status: Option<Status>,
}

impl<'a> SpanFields<'a> {
    /// Collects into `attributes`, which must not contain the key of any field.
    pub(super) fn new(attributes: &'a mut Attributes) -> Self {
        Self { attributes, name: None, kind: None, status: None }
    }

    fn special(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.name = Some(value.to_owned()),
            "otel.kind" => self.kind = kind(value),
            "otel.status_code" if value.eq_ignore_ascii_case("ok") => self.status = Some(Status::Ok),
            "otel.status_code" if value.eq_ignore_ascii_case("error") => {
                self.status.get_or_insert(Status::error(""));
            }
            "otel.status_description" | "otel.status_message" => {
                self.status = Some(Status::error(value.to_owned()));
            }
            _ => {}
        }
    }
}

/// Whether a text in this field sets name, kind or status.
fn is_special(field: &Field) -> bool {
    matches!(
        field.name(),
        "otel.name" | "otel.kind" | "otel.status_code" | "otel.status_description" | "otel.status_message"
    )
}

impl Visit for SpanFields<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.attributes.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.attributes.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attributes.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.attributes.add(field.name(), value),
            Err(_) => self.attributes.add_formatted(field.name(), format_args!("{value}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if is_special(field) {
            self.special(field, value);
        } else {
            self.attributes.add(field.name(), value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.attributes.add(field.name(), &error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if is_special(field) {
            self.special(field, &format!("{value:?}"));
        } else {
            self.attributes.add_formatted(field.name(), format_args!("{value:?}"));
        }
    }
}

/// Visits the fields of an event.
#[derive(Default)]
pub(super) struct EventFields {
    /// All fields but those below.
    pub(super) attributes: Vec<KeyValue>,
    pub(super) message: Option<String>,
    /// A text in the field `error`.
    pub(super) error: Option<String>,
    /// An error, in whatever field, with its sources.
    pub(super) exception: Option<String>,
}

impl EventFields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        // `tracing-log` adds fields of its own.
        if !field.name().starts_with("log.") {
            self.attributes.push(KeyValue::new(field.name(), value));
        }
    }

    fn add_text(&mut self, field: &Field, text: String) {
        match field.name() {
            "message" => self.message = Some(text),
            "error" => self.error = Some(text),
            _ => self.add(field, text),
        }
    }
}

impl Visit for EventFields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, integer(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, value.to_owned());
    }

    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        self.exception = Some(error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_text(field, format!("{value:?}"));
    }
}

/// OpenTelemetry's integers are signed. A value above their range becomes text.
fn integer(value: u64) -> Value {
    i64::try_from(value).map_or_else(|_| Value::from(value.to_string()), Value::from)
}

fn kind(name: &str) -> Option<SpanKind> {
    [
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ]
    .into_iter()
    .find_map(|(known, kind)| known.eq_ignore_ascii_case(name).then_some(kind))
}
