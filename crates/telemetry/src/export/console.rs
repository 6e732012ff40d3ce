//! `OTEL_TRACES_EXPORTER=console`: spans as lines on standard output, for a look without a backend.

use std::io::{Write, stdout};
use std::time::Duration;

use super::queue::Batch;
use super::sink::{Failure, Sink};

/// Standard output.
#[derive(Debug)]
pub(crate) struct Console;

impl Sink for Console {
    fn send(&mut self, batch: &Batch, _: Duration) -> Result<usize, Failure> {
        let mut out = stdout().lock();
        for finished in batch {
            let span = &finished.data;
            let duration = span.end_time.duration_since(span.start_time).unwrap_or_default();
            let written = writeln!(
                out,
                "span trace_id={} span_id={} parent={} kind={:?} name={:?} duration={duration:?} status={:?} attributes={:?} events={:?}",
                span.span_context.trace_id(),
                span.span_context.span_id(),
                span.parent_span_id,
                span.span_kind,
                span.name,
                span.status,
                span.attributes.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect::<Vec<_>>(),
                span.events.iter().map(|event| &*event.name).collect::<Vec<_>>(),
            );
            written.map_err(|error| Failure::Refused(error.to_string()))?;
        }
        out.flush().map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(0)
    }
}
