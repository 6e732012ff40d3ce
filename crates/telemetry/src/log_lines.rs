//! Prints events, one line each, with the ids of their trace and span.
//!
//! It replaces `tracing-subscriber`'s layer, which formats the fields of every span in case an event prints them.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use opentelemetry::trace::SpanContext;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::error_chain;

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

/// Where and how log lines are written.
pub(crate) struct LogLines {
    format: LogFormat,
    /// `None` for standard error.
    writer: Option<Mutex<Box<dyn Write + Send>>>,
}

impl fmt::Debug for LogLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogLines").field("format", &self.format).finish_non_exhaustive()
    }
}

impl LogLines {
    /// Lines to `writer`; to standard error without one.
    pub(crate) fn new(format: LogFormat, writer: Option<Box<dyn Write + Send>>) -> Self {
        Self { format, writer: writer.map(Mutex::new) }
    }

    /// Whether events are printed at all.
    pub(crate) fn are_printed(&self) -> bool {
        self.format != LogFormat::Off
    }

    /// Prints an event of the span with these ids.
    pub(crate) fn print(&self, event: &Event<'_>, metadata: &Metadata<'_>, ids: Option<&SpanContext>) {
        let line = match self.format {
            LogFormat::Text => text(event, metadata, ids),
            LogFormat::Json => json(event, metadata, ids),
            LogFormat::Off => return,
        };
        // A failure to write a log line has nowhere to be reported.
        let _ = match &self.writer {
            None => io::stderr().lock().write_all(line.as_bytes()),
            Some(writer) => writer.lock().write_all(line.as_bytes()),
        };
    }
}

/// Prints a warning of this crate to standard error, where there is no subscriber yet that an event would reach.
pub(crate) fn print_warning(message: &str) {
    let mut line = start_line(Level::WARN, "telemetry");
    push_escaped_message(&mut line, format_args!("{message}"));
    line.push('\n');
    let _ = io::stderr().lock().write_all(line.as_bytes());
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
