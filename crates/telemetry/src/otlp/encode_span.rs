//! Encodes a [`SpanData`] as OTLP's `Span` (`trace.proto`).

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceState};

use super::span_data::{EventsAndLinks, SpanData};
use super::wire::{Buffer, FIXED32, FIXED64, LENGTH_DELIMITED, text_length};

/// Bits of `Span.flags`: whether 0x200 is meaningful, and whether the parent is remote.
const HAS_IS_REMOTE: u32 = 0x100;
pub(super) const IS_REMOTE: u32 = 0x200;

/// The length of most spans: of those without events, links, status, trace state and dropped attributes.
pub(super) fn usual_length(span: &SpanData) -> usize {
    let fixed = if span.parent == SpanId::INVALID { ROOT_LENGTH } else { CHILD_LENGTH };
    fixed + text_length(5, &span.name) + span.attributes.as_bytes().len()
}

/// The length of the fields that every span has, without and with a parent.
const ROOT_LENGTH: usize = 54;
const CHILD_LENGTH: usize = 64;

/// Writes the fields of `Span`. Those that every span has are written in one piece of fixed length.
pub(super) fn encode_span(to: &mut Buffer, span: &SpanData) {
    let flags = flags(span.span_context.trace_flags().to_u8(), span.parent_is_remote);
    let mut fixed = [0; CHILD_LENGTH];
    fixed[..28].copy_from_slice(&ids(&span.span_context));
    fixed[28..30].copy_from_slice(&[6 << 3, kind(&span.kind)]);
    fixed[30] = 7 << 3 | FIXED64;
    fixed[31..39].copy_from_slice(&nanoseconds(span.start).to_le_bytes());
    fixed[39] = 8 << 3 | FIXED64;
    fixed[40..48].copy_from_slice(&nanoseconds(span.end).to_le_bytes());
    // The only tag that takes two bytes.
    fixed[48..50].copy_from_slice(&[16 << 3 | FIXED32, 1]);
    fixed[50..54].copy_from_slice(&flags.to_le_bytes());
    fixed[54..56].copy_from_slice(&[4 << 3 | LENGTH_DELIMITED, 8]);
    fixed[56..].copy_from_slice(&span.parent.to_bytes());
    // The last ten bytes are the parent's id, which a root span does not have. Each has a fixed length, which needs no call
    // of memcpy.
    match fixed.first_chunk::<ROOT_LENGTH>() {
        Some(root) if span.parent == SpanId::INVALID => to.0.extend_from_slice(root),
        _ => to.0.extend_from_slice(&fixed),
    }
    match &span.trace_state {
        Some(state) => to.text(3, state),
        None if *span.span_context.trace_state() == TraceState::NONE => {}
        None => to.text(3, &span.span_context.trace_state().header()),
    }
    to.text(5, &span.name);
    to.0.extend_from_slice(span.attributes.as_bytes());
    to.number(10, span.attributes.dropped().into());
    if let Some(more) = &span.more {
        events_and_links(to, more);
    }
    status(to, &span.status);
}

/// Start and end of what [`encode_span`] wrote, in nanoseconds since 1970.
pub(super) fn times(span: &[u8]) -> Option<(u64, u64)> {
    let at = |from: usize| Some(u64::from_le_bytes(span.get(from..from + 8)?.try_into().ok()?));
    Some((at(31)?, at(40)?))
}

fn events_and_links(to: &mut Buffer, more: &EventsAndLinks) {
    for item in &more.events {
        to.message(11, |to| event(to, item));
    }
    to.number(12, more.dropped_events.into());
    for item in &more.links {
        to.message(13, |to| link(to, item));
    }
    to.number(14, more.dropped_links.into());
}

/// The first two fields of `Span` and of `Span.Link`: trace id and span id.
fn ids(of: &SpanContext) -> [u8; 28] {
    let mut ids = [0; 28];
    ids[..2].copy_from_slice(&[1 << 3 | LENGTH_DELIMITED, 16]);
    ids[2..18].copy_from_slice(&of.trace_id().to_bytes());
    ids[18..20].copy_from_slice(&[2 << 3 | LENGTH_DELIMITED, 8]);
    ids[20..].copy_from_slice(&of.span_id().to_bytes());
    ids
}

fn event(to: &mut Buffer, event: &Event) {
    to.fixed64(1, nanoseconds(event.timestamp));
    to.text(2, &event.name);
    to.attributes(3, &event.attributes);
    to.number(4, event.dropped_attributes_count.into());
}

fn link(to: &mut Buffer, link: &Link) {
    to.0.extend_from_slice(&ids(&link.span_context));
    to.text(3, &link.span_context.trace_state().header());
    to.attributes(4, &link.attributes);
    to.number(5, link.dropped_attributes_count.into());
    to.fixed32(6, flags(link.span_context.trace_flags().to_u8(), link.span_context.is_remote()));
}

fn status(to: &mut Buffer, status: &Status) {
    let (code, description) = match status {
        Status::Unset => return,
        Status::Ok => (1, ""),
        Status::Error { description } => (2, description.as_ref()),
    };
    to.message(15, |to| {
        to.text(2, description);
        to.number(3, code);
    });
}

fn flags(trace: u8, remote: bool) -> u32 {
    u32::from(trace) | HAS_IS_REMOTE | if remote { IS_REMOTE } else { 0 }
}

fn kind(kind: &SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// Nanoseconds since 1970. An earlier time becomes zero.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().saturating_mul(1_000_000_000).saturating_add(since.subsec_nanos().into())
}
