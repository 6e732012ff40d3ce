//! Sends one span by OTLP.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Response, Uri};
use opentelemetry::trace::{SpanContext, TraceFlags, TraceState};
use opentelemetry_sdk::Resource;

use super::Report;
use crate::env::{Otlp, Protocol};
use crate::export::answer::redacted;
use crate::export::backend::Exchange;
use crate::export::build_sink::{backend, service_name};
use crate::export::clock::ClockDifference;
use crate::export::sink::{Accepted, Failure};
use crate::export::{ExportError, hex};
use crate::ids;
use crate::otlp::{Batch, Limits, SpanData};

/// A clock that differs by more than this is worth a note.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

pub(super) fn check(otlp: &Otlp, resource: &Resource) -> Result<Report, ExportError> {
    let sent = SentSpan::send(otlp, resource)?;
    Ok(Report { sent: sent.text, answer: sent.answer, notes: sent.notes, link: None })
}

/// A span that was sent, and what came of it.
pub(super) struct SentSpan {
    /// 32 hexadecimal digits.
    pub(super) trace_id: String,
    pub(super) text: String,
    pub(super) answer: Result<String, String>,
    pub(super) notes: Vec<String>,
}

impl SentSpan {
    pub(super) fn send(otlp: &Otlp, resource: &Resource) -> Result<Self, ExportError> {
        Ok(Self::through(&mut backend(otlp, resource)?, otlp, resource))
    }

    /// Sends the span to `backend`, which `otlp` configures.
    pub(super) fn through(backend: &mut impl Exchange, otlp: &Otlp, resource: &Resource) -> Self {
        let span = span();
        let mut batch = Batch::default();
        batch.add(&span);
        let mut notes = Vec::new();
        let response = backend.exchange(&batch, otlp.timeout);
        let answer = response.and_then(|response| {
            notes.extend(clock_note(&response, SystemTime::now()));
            let accepted = backend.outcome(&response)?;
            Ok((response.status(), accepted))
        });
        let answer = match answer {
            Ok((status, accepted)) => in_words(&format!("{status}"), &accepted),
            Err(
                Failure::Permanent(reason) | Failure::TooLarge(reason) | Failure::Retryable { reason, .. },
            ) => Err(reason),
        };
        let trace_id = hex(&span.span_context.trace_id().to_bytes());
        let protocol = match otlp.protocol {
            Protocol::HttpProtobuf => "http/protobuf",
            Protocol::HttpJson => "http/json",
            Protocol::Grpc => "grpc",
        };
        let endpoint = otlp.endpoint.parse::<Uri>().map(|uri| redacted(&uri)).unwrap_or_default();
        let text = format!(
            "1 span `check` of service {}, trace {trace_id}, to {endpoint} ({protocol}{})",
            service_name(resource),
            if otlp.gzip { ", gzip" } else { "" }
        );
        Self { trace_id, text, answer, notes }
    }
}

/// A root span of one millisecond that ends now.
pub(super) fn span() -> SpanData {
    let mut span = SpanData::blank(Limits::default());
    let (trace, id) = (ids::trace_id(), ids::span_id());
    span.span_context = SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE);
    "check".clone_into(&mut span.name);
    span.end = SystemTime::now();
    span.start = span.end - Duration::from_millis(1);
    span
}

fn in_words(status: &str, accepted: &Accepted) -> Result<String, String> {
    let message = if accepted.message.is_empty() { String::new() } else { format!(": {}", accepted.message) };
    if accepted.rejected > 0 {
        return Err(format!("{status}, but it rejected the span{message}"));
    }
    let warning = if message.is_empty() { message } else { format!(", with a warning{message}") };
    Ok(format!("{status}: the span was accepted{warning}"))
}

/// Spans with times that are far off are shown at the wrong place, or dropped.
fn clock_note(response: &Response<Bytes>, now: SystemTime) -> Option<String> {
    let ClockDifference { by, direction } = ClockDifference::of(response, now)?;
    (by > CLOCK_TOLERANCE)
        .then(|| format!("The clock of this machine is {} s {direction} of the destination's.", by.as_secs()))
}

#[cfg(test)]
mod tests {
    use http::header::DATE;

    use super::*;

    #[test]
    fn a_clock_that_is_minutes_off_is_noted() {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(500_000 * 3_600);
        let response = Response::builder().header(DATE, httpdate::fmt_http_date(date));
        let response = response.body(Bytes::new()).expect("a response");
        assert_eq!(clock_note(&response, date + Duration::from_secs(59)), None);
        let note = clock_note(&response, date + Duration::from_secs(7 * 60)).expect("a note");
        assert!(note.contains("420 s ahead"), "{note}");
        let note = clock_note(&response, date - Duration::from_secs(7 * 60)).expect("a note");
        assert!(note.contains("420 s behind"), "{note}");
        assert_eq!(clock_note(&Response::new(Bytes::new()), date), None);
    }
}
