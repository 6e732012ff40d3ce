//! `ExportTraceServiceRequest` from protobuf: walks the bytes once and hands on each span with its origin.
//!
//! Field numbers: `opentelemetry/proto/collector/trace/v1/trace_service.proto` and `trace.proto`.

use thiserror::Error;

use crate::{
    span::{Origin, Resource, Scope, Span, SpanError},
    wire::{Reader, WireError},
};

/// How many reasons are kept for the sender; the rest is only counted.
const MAX_REASONS: usize = 4;

/// The request as a whole cannot be read; none of it may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the body is not an ExportTraceServiceRequest")]
pub struct DecodeError(#[from] WireError);

/// The spans of a request that cannot be kept, beside those that can.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    pub spans: u64,
    reasons: Vec<SpanError>,
}

impl Rejected {
    fn add(&mut self, reason: SpanError) {
        self.spans += 1;
        if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// One line for the sender, or None when nothing was rejected.
    pub fn message(&self) -> Option<String> {
        let mut text = match self.spans {
            0 => return None,
            1 => "1 span cannot be kept".to_owned(),
            n => format!("{n} spans cannot be kept"),
        };
        for (place, reason) in self.reasons.iter().enumerate() {
            text.push_str(if place == 0 { ": " } else { "; " });
            text.push_str(&reason.to_string());
            if let Some(cause) = std::error::Error::source(reason) {
                text.push_str(" (");
                text.push_str(&cause.to_string());
                text.push(')');
            }
        }
        Some(text)
    }
}

/// Hands every good span to `each`, with its origin and the number of its scope block (0, 1, ..), and returns what
/// was bad. After an error, what was handed on must be thrown away: the request counts as not received.
///
/// # Errors
/// [`DecodeError`] when the frame around the spans is malformed.
pub fn read_request<'a>(
    body: &'a [u8],
    mut each: impl FnMut(u32, &Origin<'a>, Span<'a>),
) -> Result<Rejected, DecodeError> {
    let mut rejected = Rejected::default();
    let mut block = 0;
    for tagged in Reader::new(body) {
        let tagged = tagged?;
        if tagged.number != 1 {
            continue;
        }
        let resource_spans = tagged.bytes()?;
        let mut origin = resource_origin(resource_spans)?;
        for tagged in Reader::new(resource_spans) {
            let tagged = tagged?;
            if tagged.number != 2 {
                continue;
            }
            let scope_spans = tagged.bytes()?;
            scope_origin(scope_spans, &mut origin)?;
            for tagged in Reader::new(scope_spans) {
                let tagged = tagged?;
                if tagged.number == 2 {
                    match Span::decode(tagged.bytes()?) {
                        Ok(span) => each(block, &origin, span),
                        Err(reason) => rejected.add(reason),
                    }
                }
            }
            block += 1;
        }
    }
    Ok(rejected)
}

/// The resource may stand behind the spans that it is of, so it is looked for first.
fn resource_origin(resource_spans: &[u8]) -> Result<Origin<'_>, WireError> {
    let mut origin = Origin::default();
    for tagged in Reader::new(resource_spans) {
        let tagged = tagged?;
        match tagged.number {
            1 => origin.resource = Resource { raw: tagged.bytes()? },
            3 => origin.resource_schema = tagged.bytes()?,
            _ => {}
        }
    }
    origin.resource.check()?;
    Ok(origin)
}

fn scope_origin<'a>(scope_spans: &'a [u8], origin: &mut Origin<'a>) -> Result<(), WireError> {
    origin.scope = Scope::default();
    origin.scope_schema = &[];
    for tagged in Reader::new(scope_spans) {
        let tagged = tagged?;
        match tagged.number {
            1 => origin.scope = Scope { raw: tagged.bytes()? },
            3 => origin.scope_schema = tagged.bytes()?,
            _ => {}
        }
    }
    origin.scope.check()
}
