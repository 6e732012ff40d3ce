//! A layer like Sentry's: it reports each event at ERROR, with the spans around it.

use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Prints reports to standard error, in place of sending them.
pub struct ErrorReports;

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for ErrorReports {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let mut fields = Text::default();
        event.record(&mut fields);
        let around = context.event_scope(event).into_iter().flatten();
        let around: Vec<&str> = around.map(|span| span.name()).collect();
        eprintln!("report:{} within {around:?}", fields.0);
    }
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, " {field}={value:?}");
    }
}
