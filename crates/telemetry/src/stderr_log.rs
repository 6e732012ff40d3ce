//! Prints events to standard error, one line each, with the ids of their trace and span.

use std::fmt::Write as _;
use std::io::Write as _;

use opentelemetry::trace::SpanContext;
use tracing::Event;
use tracing::field::{Field, Visit};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// Prints `<time> <level> <target>: <message> <field>=<value> .. trace_id=<hex> span_id=<hex>`.
///
/// It replaces `tracing-subscriber`'s layer, which formats the fields of every span in case an event prints them.
pub(crate) fn print(event: &Event<'_>, ids: Option<&SpanContext>) {
    let metadata = event.metadata();
    let mut line = String::with_capacity(256);
    // Writing to a String cannot fail. A failure to read the clock or to write to standard error is ignored.
    let _ = SystemTime.format_time(&mut Writer::new(&mut line));
    let _ = write!(line, " {:>5} {}:", metadata.level(), metadata.target());
    event.record(&mut Fields(&mut line));
    if let Some(ids) = ids {
        let _ = write!(line, " trace_id={} span_id={}", ids.trace_id(), ids.span_id());
    }
    line.push('\n');
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            // A message with line breaks must not forge log lines.
            "message" => push_escaped_message(self.0, format_args!("{value}")),
            name => {
                let _ = write!(self.0, " {name}={value:?}");
            }
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let _ = write!(self.0, " {}={:?}", field.name(), crate::error_chain::with_sources(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
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

fn push_escaped_message(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.push(' ');
    push_escaped(line, text);
}

fn push_escaped(line: &mut String, text: std::fmt::Arguments<'_>) {
    for character in text.to_string().chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
}
