//! Prints events to standard error, one line each, with the ids of their trace and span.

use std::fmt::Write as _;
use std::io::Write as _;

use opentelemetry::trace::SpanContext;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// Prints `<time> <level> <target>: <message> <field>=<value> .. trace_id=<hex> span_id=<hex>`.
///
/// It replaces `tracing-subscriber`'s layer, which formats the fields of every span in case an event prints them.
pub(crate) fn print(event: &Event<'_>, ids: Option<&SpanContext>) {
    let metadata = event.metadata();
    let mut line = start_line(*metadata.level(), metadata.target());
    event.record(&mut Fields(&mut line));
    if let Some(ids) = ids {
        // Writing to a String cannot fail.
        let _ = write!(line, " trace_id={} span_id={}", ids.trace_id(), ids.span_id());
    }
    print_line(line);
}

/// Prints a warning of this crate, where there is no subscriber yet that an event would reach.
pub(crate) fn print_warning(message: &str) {
    let mut line = start_line(Level::WARN, "telemetry");
    push_escaped_message(&mut line, format_args!("{message}"));
    print_line(line);
}

/// `<time> <level> <target>:`
fn start_line(level: Level, target: &str) -> String {
    let mut line = String::with_capacity(256);
    // Writing to a String cannot fail. A failure to read the clock is ignored.
    let _ = SystemTime.format_time(&mut Writer::new(&mut line));
    let _ = write!(line, " {level:>5} {target}:");
    line
}

fn print_line(mut line: String) {
    line.push('\n');
    // A failure to write to standard error is ignored.
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
