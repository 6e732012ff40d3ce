//! B3, single header and several headers: <https://github.com/openzipkin/b3-propagation>
//!
//! Extraction reads both forms, the single header first, as the specification demands. Injection writes the configured
//! form.

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt, TraceId};

use super::context::remote;
use super::format::Format;
use super::headers::{HeaderReader, HeaderWriter, only, only_text};
use super::hex;

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// The form that is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum B3 {
    Single,
    Multi,
}

impl Format for B3 {
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter) {
        let span = context.span();
        let ids = span.span_context();
        if !ids.is_valid() {
            return;
        }
        let sampled = if ids.is_sampled() { "1" } else { "0" };
        match self {
            Self::Single => {
                headers.set(SINGLE, format!("{}-{}-{sampled}", ids.trace_id(), ids.span_id()).into());
            }
            Self::Multi => {
                headers.set(TRACE_ID, ids.trace_id().to_string().into());
                headers.set(SPAN_ID, ids.span_id().to_string().into());
                headers.set(SAMPLED, sampled.into());
            }
        }
    }

    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context> {
        let ids = only_text(headers, SINGLE).and_then(single).or_else(|| multi(headers));
        ids.map(|(trace, span, sampled)| remote(context, trace, span, sampled))
    }

    fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Single => &[SINGLE],
            Self::Multi => &[TRACE_ID, SPAN_ID, SAMPLED, FLAGS],
        }
    }
}

/// Ids, and the sampling decision if there is one.
type Ids = (TraceId, SpanId, Option<bool>);

/// `{trace id}-{span id}[-{sampled}[-{parent span id}]]`. A header that is only a decision has no ids, and is ignored.
fn single(value: &str) -> Option<Ids> {
    let mut parts = value.split('-');
    let (trace, span) = (trace_id(parts.next()?)?, hex::span_id(parts.next()?.as_bytes())?);
    let sampled = match parts.next() {
        None => None,
        Some("1" | "d") => Some(true),
        Some("0") => Some(false),
        Some(_) => return None,
    };
    // The parent's id is not used, but an invalid one makes the header invalid.
    let parent = parts.next().is_none_or(|parent| hex::span_id(parent.as_bytes()).is_some());
    (parent && parts.next().is_none()).then_some((trace, span, sampled))
}

fn multi(headers: &dyn HeaderReader) -> Option<Ids> {
    let trace = trace_id(only_text(headers, TRACE_ID)?)?;
    let span = hex::span_id(only(headers, SPAN_ID)?)?;
    let debug = only_text(headers, FLAGS) == Some("1");
    let sampled = match only_text(headers, SAMPLED) {
        _ if debug => Some(true),
        // Older libraries write words.
        Some("1" | "true") => Some(true),
        Some("0" | "false") => Some(false),
        _ => None,
    };
    Some((trace, span, sampled))
}

/// 32 digits, or 16 digits of older systems, which are padded with zeros.
fn trace_id(digits: &str) -> Option<TraceId> {
    match digits.len() {
        16 => hex::trace_id(format!("{digits:0>32}").as_bytes()),
        _ => hex::trace_id(digits.as_bytes()),
    }
}
