//! Turns events of `tracing` into log records with the ids of their trace and span.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use opentelemetry::Key;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::logs::SdkLogger;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};

use crate::otlp::{LogLimits, truncated};

/// The logs pipeline, for events.
#[derive(Debug)]
pub(crate) struct EventLogger {
    logger: SdkLogger,
    limits: LogLimits,
    /// Set when logs are shut down.
    stopped: Arc<AtomicBool>,
}

impl EventLogger {
    pub(super) fn new(logger: SdkLogger, limits: LogLimits, stopped: Arc<AtomicBool>) -> Self {
        Self { logger, limits, stopped }
    }

    /// Emits `event`, unless logs are shut down: the SDK would answer each with a warning. `of_record` is the metadata of a
    /// record of the `log` crate, if the event is one.
    pub(crate) fn emit(
        &self,
        event: &Event<'_>,
        of_record: Option<&Metadata<'_>>,
        ids: Option<&SpanContext>,
    ) {
        if self.stopped.load(Ordering::Relaxed) {
            return;
        }
        let metadata = event.metadata();
        let mut record = self.logger.create_log_record();
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
        event.record(&mut Fields { record: &mut record, limits: self.limits, attributes: 0 });
        self.logger.emit(record);
    }
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

/// Adds the fields of an event to a record, within the limits.
struct Fields<'a, R> {
    record: &'a mut R,
    limits: LogLimits,
    /// How many attributes the record has.
    attributes: usize,
}

impl<R: LogRecord> Fields<'_, R> {
    fn add(&mut self, name: &'static str, value: impl Into<AnyValue>) {
        match name {
            "message" => self.record.set_body(value.into()),
            // Where `tracing-log` keeps the target of a record, and its place in the source.
            name if name.starts_with("log.") => {}
            _ if self.attributes >= self.limits.attributes => {}
            name => {
                self.attributes += 1;
                self.record.add_attribute(Key::from_static_str(name), value);
            }
        }
    }

    fn add_text(&mut self, name: &'static str, text: &str) {
        let length = if name == "message" { LogLimits::TEXT } else { self.limits.value_length };
        self.add(name, truncated(text, length).to_owned());
    }
}

impl<R: LogRecord> Visit for Fields<'_, R> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.add(field.name(), value),
            Err(_) => self.add_text(field.name(), &value.to_string()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field.name(), value);
    }

    fn record_error(&mut self, _: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add_text("exception.message", &crate::error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.add_text(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use opentelemetry::InstrumentationScope;
    use opentelemetry::logs::LoggerProvider;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
    use tracing_subscriber::prelude::*;
    use tracing_subscriber::{Layer, layer, registry};

    use super::*;

    /// The texts of a record.
    #[derive(Default)]
    struct Texts {
        body: String,
        attributes: Vec<(Key, String)>,
    }

    fn text(value: AnyValue) -> String {
        match value {
            AnyValue::String(text) => text.to_string(),
            other => panic!("{other:?} is no text"),
        }
    }

    impl LogRecord for Texts {
        fn set_event_name(&mut self, _: &'static str) {}
        fn set_target<T: Into<std::borrow::Cow<'static, str>>>(&mut self, _: T) {}
        fn set_timestamp(&mut self, _: SystemTime) {}
        fn set_observed_timestamp(&mut self, _: SystemTime) {}
        fn set_severity_text(&mut self, _: &'static str) {}
        fn set_severity_number(&mut self, _: Severity) {}
        fn set_body(&mut self, body: AnyValue) {
            self.body = text(body);
        }
        fn add_attributes<I, K, V>(&mut self, _: I)
        where
            I: IntoIterator<Item = (K, V)>,
            K: Into<Key>,
            V: Into<AnyValue>,
        {
        }
        fn add_attribute<K: Into<Key>, V: Into<AnyValue>>(&mut self, key: K, value: V) {
            self.attributes.push((key.into(), text(value.into())));
        }
    }

    fn record(limits: LogLimits, fields: &[(&'static str, &str)]) -> Texts {
        let mut texts = Texts::default();
        let mut visitor = Fields { record: &mut texts, limits, attributes: 0 };
        for (name, text) in fields {
            visitor.add_text(name, text);
        }
        texts
    }

    #[test]
    fn body_and_attributes_are_bounded_without_a_setting() {
        let long = "ä".repeat(100_000);
        let record = record(LogLimits::default(), &[("message", &long), ("key", &long), ("other", "short")]);
        assert_eq!(record.body.chars().count(), 16_384);
        let lengths: Vec<usize> = record.attributes.iter().map(|(_, text)| text.chars().count()).collect();
        assert_eq!(lengths, [16_384, 5]);
    }

    #[test]
    fn the_limits_are_those_of_attributes() {
        let limits = LogLimits { attributes: 2, value_length: 3 };
        let fields = [("a", "12345"), ("message", "12345"), ("log.target", "x"), ("b", "1"), ("c", "1")];
        let record = record(limits, &fields);
        assert_eq!(record.body, "12345");
        let expected = [("a", "123"), ("b", "1")].map(|(key, text)| (Key::from(key), text.to_owned()));
        assert_eq!(record.attributes, expected);
    }

    /// Counts records.
    #[derive(Clone, Debug, Default)]
    struct Counter(Arc<AtomicUsize>);

    impl LogProcessor for Counter {
        fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    /// Emits each event.
    struct Emits(EventLogger);

    impl<S: tracing::Subscriber> Layer<S> for Emits {
        fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
            self.0.emit(event, None, None);
        }
    }

    #[test]
    fn events_after_the_shutdown_do_not_reach_the_sdk() {
        let (counter, stopped) = (Counter::default(), Arc::new(AtomicBool::new(false)));
        let provider = SdkLoggerProvider::builder().with_log_processor(counter.clone()).build();
        let logger = EventLogger::new(provider.logger("test"), LogLimits::default(), Arc::clone(&stopped));
        tracing::subscriber::with_default(registry().with(Emits(logger)), || {
            tracing::info!("before");
            stopped.store(true, Ordering::Relaxed);
            tracing::info!("after");
        });
        assert_eq!(counter.0.load(Ordering::Relaxed), 1);
    }
}
