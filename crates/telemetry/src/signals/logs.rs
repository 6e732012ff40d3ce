//! Turns events of `tracing` into log records with the ids of their trace and span.

use std::time::SystemTime;

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::logs::SdkLogger;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};

/// Emits `event` to the logs pipeline. `of_record` is the metadata of a record of the `log` crate, if the event is one.
pub(crate) fn emit(
    logger: &SdkLogger,
    event: &Event<'_>,
    of_record: Option<&Metadata<'_>>,
    ids: Option<&SpanContext>,
) {
    let metadata = event.metadata();
    let mut record = logger.create_log_record();
    let now = SystemTime::now();
    record.set_timestamp(now);
    record.set_observed_timestamp(now);
    record.set_severity_number(severity(*metadata.level()));
    record.set_severity_text(metadata.level().as_str());
    match of_record {
        Some(of_record) => record.set_target(of_record.target().to_owned()),
        None => record.set_target(metadata.target()),
    }
    if let Some(ids) = ids {
        record.set_trace_context(ids.trace_id(), ids.span_id(), Some(ids.trace_flags()));
    }
    event.record(&mut Fields(&mut record));
    logger.emit(record);
}

fn severity(level: Level) -> Severity {
    match level {
        Level::TRACE => Severity::Trace,
        Level::DEBUG => Severity::Debug,
        Level::INFO => Severity::Info,
        Level::WARN => Severity::Warn,
        Level::ERROR => Severity::Error,
    }
}

struct Fields<'a, R>(&'a mut R);

impl<R: LogRecord> Fields<'_, R> {
    fn add(&mut self, field: &Field, value: impl Into<AnyValue>) {
        match field.name() {
            "message" => self.0.set_body(value.into()),
            // Where `tracing-log` keeps the target of a record, and its place in the source.
            name if name.starts_with("log.") => {}
            name => self.0.add_attribute(Key::from_static_str(name), value),
        }
    }
}

impl<R: LogRecord> Visit for Fields<'_, R> {
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
        match i64::try_from(value) {
            Ok(value) => self.add(field, value),
            Err(_) => self.add(field, value.to_string()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_error(&mut self, _: &Field, value: &(dyn std::error::Error + 'static)) {
        self.0.add_attribute("exception.message", crate::error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}
