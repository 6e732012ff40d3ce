//! Prints events, one line each, with the ids of their trace and span.
//!
//! It replaces `tracing-subscriber`'s layer, which formats the fields of every span in case an event prints them.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::SpanContext;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::error_chain;
use crate::log_rate::{LogRate, Notice};
use crate::stderr_log::StderrLog;

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogFormat {
    /// `<time> <level> <target>: <message> <field>=<value> .. trace_id=<hex> span_id=<hex>`
    #[default]
    Text,
    /// `{"timestamp": .., "level": .., "target": .., "fields": {"message": .., ..}, "trace_id": .., "span_id": ..}`, as
    /// the JSON of `tracing-subscriber`, and with the ids.
    Json,
    /// No log lines.
    Off,
}

/// Where and how log lines are written. Clones share the writer.
#[derive(Clone)]
pub(crate) struct LogLines {
    format: LogFormat,
    output: Arc<Mutex<Output>>,
}

struct Output {
    writer: Box<dyn Write + Send>,
    rate: LogRate,
}

impl fmt::Debug for LogLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogLines").field("format", &self.format).finish_non_exhaustive()
    }
}

impl LogLines {
    /// Lines to `writer`; to standard error without one.
    pub(crate) fn new(format: LogFormat, writer: Option<Box<dyn Write + Send>>) -> Self {
        let writer = writer.unwrap_or_else(|| Box::new(StderrLog::new()));
        Self { format, output: Arc::new(Mutex::new(Output { writer, rate: LogRate::default() })) }
    }

    /// Whether events are printed at all.
    pub(crate) fn are_printed(&self) -> bool {
        self.format != LogFormat::Off
    }

    /// Prints an event of the span with these ids, within the limit of its statement.
    pub(crate) fn print(&self, event: &Event<'_>, metadata: &Metadata<'_>, ids: Option<&SpanContext>) {
        let (is_allowed, notices) = {
            let Output { rate, .. } = &mut *self.output.lock();
            let now = Instant::now();
            let notices = rate.notices(now, false);
            (rate.allows(metadata, now), notices)
        };
        self.print_notices(&notices);
        if is_allowed {
            // Without the lock: formatting the event runs code of the application.
            match self.format {
                LogFormat::Text => self.write(&text(event, metadata, ids)),
                LogFormat::Json => self.write(&json(event, metadata, ids)),
                LogFormat::Off => {}
            }
        }
    }

    /// Prints how many lines were suppressed, at the end of the process.
    pub(crate) fn print_suppressed(&self) {
        let notices = self.output.lock().rate.notices(Instant::now(), true);
        self.print_notices(&notices);
    }

    fn print_notices(&self, notices: &[Notice]) {
        for Notice { level, target, message } in notices {
            match self.format {
                LogFormat::Text => self.write(&text_line(*level, target, message)),
                LogFormat::Json => self.write(&json_line(*level, target, message)),
                LogFormat::Off => {}
            }
        }
    }

    /// A failure to write a log line has nowhere to be reported.
    fn write(&self, line: &str) {
        let _ = self.output.lock().writer.write_all(line.as_bytes());
    }
}

/// Warns of how the subscriber is set up: as an event, or on standard error if the subscriber disables that event, too.
pub(crate) fn warn(message: &str) {
    if tracing::enabled!(target: "telemetry", Level::WARN) {
        tracing::warn!(target: "telemetry", "{message}");
    } else {
        print_warning(message);
    }
}

/// Prints a warning of this crate to standard error, where no event would reach a subscriber.
pub(crate) fn print_warning(message: &str) {
    let _ = StderrLog::new().write_all(text_line(Level::WARN, "telemetry", message).as_bytes());
}

fn text_line(level: Level, target: &str, message: &str) -> String {
    let mut line = start_line(level, target);
    push_escaped_message(&mut line, format_args!("{message}"));
    line.push('\n');
    line
}

fn json_line(level: Level, target: &str, message: &str) -> String {
    let mut time = String::new();
    push_time(&mut time);
    let object = json!({
        "timestamp": time,
        "level": level.as_str(),
        "target": target,
        "fields": { "message": message },
    });
    format!("{object}\n")
}

fn text(event: &Event<'_>, metadata: &Metadata<'_>, ids: Option<&SpanContext>) -> String {
    let mut line = start_line(*metadata.level(), metadata.target());
    event.record(&mut Fields(&mut line));
    if let Some(ids) = ids {
        // Writing to a String cannot fail.
        let _ = write!(line, " trace_id={} span_id={}", ids.trace_id(), ids.span_id());
    }
    line.push('\n');
    line
}

/// `<time> <level> <target>:`
fn start_line(level: Level, target: &str) -> String {
    let mut line = String::with_capacity(256);
    push_time(&mut line);
    let _ = write!(line, " {level:>5} {target}:");
    line
}

fn push_time(line: &mut String) {
    // Writing to a String cannot fail. A failure to read the clock is ignored.
    let _ = SystemTime.format_time(&mut Writer::new(line));
}

fn json(event: &Event<'_>, metadata: &Metadata<'_>, ids: Option<&SpanContext>) -> String {
    let mut time = String::new();
    push_time(&mut time);
    let mut fields = JsonFields(Map::new());
    event.record(&mut fields);
    let mut object = json!({
        "timestamp": time,
        "level": metadata.level().as_str(),
        "target": metadata.target(),
        "fields": fields.0,
    });
    if let Some(ids) = ids {
        object["trace_id"] = ids.trace_id().to_string().into();
        object["span_id"] = ids.span_id().to_string().into();
    }
    format!("{object}\n")
}

struct JsonFields(Map<String, Value>);

impl JsonFields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        if !field.name().starts_with("log.") {
            self.0.insert(field.name().to_owned(), value.into());
        }
    }
}

impl Visit for JsonFields {
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
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            // A message with line breaks must not forge log lines.
            "message" => push_escaped_message(self.0, format_args!("{value}")),
            name if name.starts_with("log.") => {}
            name => {
                let _ = write!(self.0, " {name}={value:?}");
            }
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let _ = write!(self.0, " {}={:?}", field.name(), error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => push_escaped_message(self.0, format_args!("{value:?}")),
            name if name.starts_with("log.") => {}
            name => {
                let _ = write!(self.0, " {name}=");
                push_escaped(self.0, format_args!("{value:?}"));
            }
        }
    }
}

fn push_escaped_message(line: &mut String, text: fmt::Arguments<'_>) {
    line.push(' ');
    push_escaped(line, text);
}

fn push_escaped(line: &mut String, text: fmt::Arguments<'_>) {
    for character in text.to_string().chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
}
