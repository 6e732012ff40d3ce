//! W3C Trace Context, Level 2, parsed strictly: an invalid header starts a new trace.
//!
//! <https://www.w3.org/TR/trace-context-2/>

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};

use super::context::RawTraceState;
use super::format::Format;
use super::headers::{HeaderReader, HeaderWriter, only};
use super::hex::{self, hex};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The length of version 00: `00-` + 32 + `-` + 16 + `-` + 2.
const LENGTH: usize = 55;

/// The flags that Level 2 defines: sampled and random. Other bits are neither read nor sent.
const KNOWN_FLAGS: u8 = 0x03;

/// The maximum number of members. A longer `tracestate` is dropped.
const MAX_MEMBERS: usize = 32;

/// The format of `traceparent` and `tracestate`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceContext;

impl Format for TraceContext {
    fn inject(&self, context: &Context, headers: &mut dyn HeaderWriter) {
        let span = context.span();
        let span_context = span.span_context();
        if !span_context.is_valid() {
            return;
        }
        // `from_owner` makes the value cheap to clone: the headers of a request are cloned before it is sent.
        headers.set(TRACEPARENT, Bytes::from_owner(traceparent(span_context)));
        match RawTraceState::of(context, span_context) {
            Some(state) => headers.set(TRACESTATE, Bytes::copy_from_slice(state.as_bytes())),
            None if *span_context.trace_state() == TraceState::NONE => {}
            None => headers.set(TRACESTATE, span_context.trace_state().header().into()),
        }
    }

    fn extract(&self, context: &Context, headers: &dyn HeaderReader) -> Option<Context> {
        // Several `traceparent` headers are ambiguous, and ignored.
        let (trace_id, span_id, flags) = parse_traceparent(only(headers, TRACEPARENT)?)?;
        // Several `tracestate` headers form one list, in order (section 3.3.1).
        let state = headers.all(TRACESTATE).map(|values| values.join(","));
        let (state, raw) = state.and_then(|state| trace_state(&state)).unwrap_or((TraceState::NONE, None));
        let raw = raw.map(|text| RawTraceState { trace_id, text });
        let context = raw.map_or_else(|| context.clone(), |raw| context.with_value(raw));
        Some(context.with_remote_span_context(SpanContext::new(trace_id, span_id, flags, true, state)))
    }

    fn fields(&self) -> &'static [&'static str] {
        &[TRACEPARENT, TRACESTATE]
    }
}

/// Whether `context` has a `tracestate`.
pub(super) fn has_trace_state(context: &Context) -> bool {
    let span = context.span();
    let span = span.span_context();
    RawTraceState::of(context, span).is_some() || *span.trace_state() != TraceState::NONE
}

/// Adds the `tracestate` of the headers to the remote span of `context`. `None` when the headers name another span, or
/// have none.
pub(super) fn with_trace_state_of_same_span(
    context: &Context,
    headers: &dyn HeaderReader,
) -> Option<Context> {
    let of_headers = TraceContext.extract(context, headers)?;
    let (found, span) = (of_headers.span(), context.span());
    let (found, span) = (found.span_context(), span.span_context());
    let is_same = (found.trace_id(), found.span_id()) == (span.trace_id(), span.span_id());
    (is_same && has_trace_state(&of_headers)).then(|| {
        let state = found.trace_state().clone();
        // Its decision to sample is that of the other format, which may have left it to this service.
        let both = SpanContext::new(span.trace_id(), span.span_id(), span.trace_flags(), true, state);
        of_headers.with_remote_span_context(both)
    })
}

/// Formats `span_context` as the value of `traceparent`. `traceresponse` has the same form.
pub(crate) fn traceparent(span_context: &SpanContext) -> [u8; LENGTH] {
    let mut value = *b"00-00000000000000000000000000000000-0000000000000000-00";
    value[3..35].copy_from_slice(hex::digits(span_context.trace_id().to_bytes()).as_flattened());
    value[36..52].copy_from_slice(hex::digits(span_context.span_id().to_bytes()).as_flattened());
    value[53..].copy_from_slice(&hex::digits([span_context.trace_flags().to_u8() & KNOWN_FLAGS])[0]);
    value
}

/// Parses a `tracestate` as OpenTelemetry's type, or as raw text if that type cannot hold it. `None` when it is
/// invalid.
fn trace_state(state: &str) -> Option<(TraceState, Option<Arc<str>>)> {
    let members = parse_tracestate(state)?;
    Some(match TraceState::from_key_value(members.iter().copied()) {
        Ok(state) => (state, None),
        Err(_) => (TraceState::NONE, Some(format_members(&members).into())),
    })
}

fn format_members(members: &[(&str, &str)]) -> String {
    members.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

fn parse_traceparent(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (known, rest) = value.split_at_checked(LENGTH)?;
    let version = hex(known.get(0..2)?)?;
    // Version 255 is forbidden. Version 00 ends here. A later version may continue after a dash.
    match (version, rest.first()) {
        (0xff, _) | (0, Some(_)) => return None,
        (_, None | Some(b'-')) => {}
        (_, Some(_)) => return None,
    }
    if [2, 35, 52].iter().any(|&at| known.get(at) != Some(&b'-')) {
        return None;
    }
    let trace_id = hex::trace_id(known.get(3..35)?)?;
    let span_id = hex::span_id(known.get(36..52)?)?;
    let flags = u8::try_from(hex(known.get(53..55)?)?).ok()? & KNOWN_FLAGS;
    Some((trace_id, span_id, TraceFlags::new(flags)))
}

/// Parses the members. `None` when a member is invalid or there are too many: the list is never kept in part.
fn parse_tracestate(value: &str) -> Option<Vec<(&str, &str)>> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    let parts =
        value.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    for (at, member) in parts.enumerate() {
        if at >= MAX_MEMBERS {
            return None;
        }
        let (key, value) = member.split_once('=')?;
        if !valid_key(key) || !valid_value(value) {
            return None;
        }
        if !members.iter().any(|(known, _)| *known == key) {
            members.push((key, value));
        }
    }
    Some(members)
}

/// Level 2, section 3.3.1.3.1: a lower-case letter or digit, followed by up to 255 of those and `_ - * / @`.
fn valid_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    let starts = bytes.first().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    starts
        && bytes.len() <= 256
        && bytes.iter().all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@')
        })
}

/// Section 3.3.1.3.2: at most 256 printable ASCII characters without `,` and `=`. Trailing spaces were trimmed before.
fn valid_value(value: &str) -> bool {
    (1..=256).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b',' && byte != b'=')
}
