//! Reports an event to Rollbar, and links the two: the item has the ids of the span, the span the id of the item.
//!
//! An error in a request is reported when its server span closes. Until then it has neither route nor status.

use std::time::SystemTime;

use opentelemetry::trace::{Event as SpanEvent, SpanContext, SpanKind};
use opentelemetry::{KeyValue, Value};
use tracing::span::Id;
use tracing::{Event, Level, Metadata};
use uuid::Uuid;

use super::fields::EventFields;
use super::open_span::{ClosedSpan, OpenSpan};
use super::open_spans::OpenSpans;
use super::span_stack::{self, Owner};
use crate::otlp::SpanData;
use crate::rollbar::{self, Occurrence, Place, Reporter, Severity, What, panic_place};

/// The event of a span whose error was reported.
const OCCURRENCE: &str = "rollbar.occurrence";

/// Errors of one request that wait for its end. Further ones are reported at once, without route and status.
const MAX_PENDING: usize = 16;

/// Reports the errors of one recorder.
#[derive(Debug)]
pub(super) struct ErrorReports {
    reporter: Reporter,
    owner: Owner,
}

impl ErrorReports {
    pub(super) fn new(reporter: Reporter, owner: Owner) -> Self {
        Self { reporter, owner }
    }

    /// Whether an event is reported: an error, or one that asks for it by its target.
    pub(super) fn concern(metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR || metadata.target() == rollbar::ROLLBAR_TARGET
    }

    /// Reports an event, which occurred in the span `span`. `metadata` is that of the event, or of the `log` record.
    pub(super) fn report(
        &self,
        event: &Event<'_>,
        metadata: &Metadata<'_>,
        span: Option<&Id>,
        ids: Option<&SpanContext>,
        spans: &impl OpenSpans,
    ) {
        let mut occurrence = read(event, metadata);
        occurrence.ids = ids.cloned();
        if let Some(span) = span {
            if let What::Exception { class, message, .. } = &mut occurrence.what
                && let Some(kind) = spans.with_data(span, |data| exception_type(data, message)).flatten()
            {
                *class = kind;
            }
            let uuid = KeyValue::new("rollbar.occurrence.uuid", occurrence.uuid.to_string());
            let event = SpanEvent::new(OCCURRENCE, SystemTime::now(), vec![uuid], 0);
            spans.with_data(span, |data| data.add_event(event));
        }
        let mut unassigned = Some(occurrence);
        for id in span_stack::entered(self.owner) {
            spans.with_open_span(&id, |span| self.report_with_request(span, &mut unassigned));
        }
        if let Some(occurrence) = unassigned {
            self.reporter.report(occurrence);
        }
    }

    /// Takes the error if `span` is the server span of its request. It is reported when the request has a response, and
    /// so a route and a status.
    fn report_with_request(&self, span: &mut OpenSpan, error: &mut Option<Occurrence>) {
        let Some(data) = span.data.as_deref().filter(|data| data.kind == SpanKind::Server) else { return };
        let Some(mut occurrence) = error.take() else { return };
        if span.reports.len() < MAX_PENDING && !data.attributes.contains("http.response.status_code") {
            span.reports.push(occurrence);
        } else {
            occurrence.request = data.attributes.as_bytes().to_vec();
            self.reporter.report(occurrence);
        }
    }

    /// Reports the errors of a request whose span closes.
    #[inline]
    pub(super) fn report_pending(&self, span: &mut ClosedSpan) {
        for mut occurrence in span.reports.drain(..) {
            occurrence.request = span.data.attributes.as_bytes().to_vec();
            self.reporter.report(occurrence);
        }
    }
}

/// The type of the exception event that the application added to the span for the same error
/// ([`record_error`](crate::record_error)).
fn exception_type(data: &SpanData, message: &str) -> Option<String> {
    let events = data.more.iter().flat_map(|more| more.events.iter().rev());
    let text = |event: &SpanEvent, key: &str| {
        let attribute = event.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
        Some(attribute.value.as_str().into_owned())
    };
    let mut same = events.filter(|event| {
        event.name == "exception" && text(event, "exception.message").is_some_and(|known| known == message)
    });
    same.find_map(|event| text(event, "exception.type"))
}

/// What the event says. Formatting its fields runs code of the application, so no lock is held.
fn read(event: &Event<'_>, metadata: &Metadata<'_>) -> Occurrence {
    let mut fields = EventFields::default();
    event.record(&mut fields);
    let EventFields { mut attributes, message, error, exception } = fields;
    let mut place = Place {
        module: metadata.module_path().unwrap_or(metadata.target()).to_owned(),
        file: metadata.file().map(str::to_owned),
        line: metadata.line(),
    };
    let panic = take_text(&mut attributes, "panic").filter(|_| is_about_panic(metadata));
    let class = take_text(&mut attributes, "exception.type");
    let (severity, what) = if let Some(panic) = panic {
        place = panic_place::take().unwrap_or(place);
        (
            Severity::Critical,
            What::Exception { class: "panic".to_owned(), message: panic, description: message },
        )
    } else {
        let what = match exception.or(error) {
            Some(error) => What::Exception {
                class: class.unwrap_or_else(|| metadata.target().to_owned()),
                message: error,
                description: message,
            },
            None => What::Message(message.unwrap_or_else(|| metadata.name().to_owned())),
        };
        (severity(*metadata.level()), what)
    };
    Occurrence {
        uuid: Uuid::new_v4(),
        time: SystemTime::now(),
        severity,
        what,
        place,
        fields: attributes,
        ids: None,
        request: Vec::new(),
    }
}

fn severity(level: Level) -> Severity {
    match level {
        Level::ERROR => Severity::Error,
        Level::WARN => Severity::Warning,
        _ => Severity::Info,
    }
}

/// Whether the event was made for a panic, by the middleware or by the panic hook.
fn is_about_panic(metadata: &Metadata<'_>) -> bool {
    matches!(metadata.target(), "telemetry::server" | panic_place::TARGET)
}

/// Removes a text from the fields.
fn take_text(fields: &mut Vec<KeyValue>, key: &str) -> Option<String> {
    let at = fields
        .iter()
        .position(|field| field.key.as_str() == key && matches!(field.value, Value::String(_)))?;
    Some(fields.remove(at).value.to_string())
}
