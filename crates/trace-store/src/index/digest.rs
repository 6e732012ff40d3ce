//! Digest of a trace: a Bloom filter of its attributes, bit sets of its names, kinds and statuses, and its minimum and
//! maximum times. A search rejects most traces by it, without looking at a span.

use trace_model::{Nanos, SpanKind, StatusCode};

use super::entry::SpanEntry;
use crate::attributes::Bloom;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Digest {
    /// The [bits](super::names::NameId::bit) of all services.
    pub(crate) services: u64,
    /// The [bits](super::names::NameId::bit) of all operation names.
    pub(crate) names: u64,
    kinds: u8,
    statuses: u8,
    /// Whether a span has events.
    pub(crate) has_events: bool,
    /// Number of failed spans.
    pub(crate) errors: u32,
    pub(crate) attributes: Bloom,
    /// Duration of the longest span.
    pub(crate) max_duration: u64,
    /// Earliest start; unset while no span has one.
    first_start: Nanos,
    /// Latest start or end.
    last: Nanos,
}

const fn kind_bit(kind: SpanKind) -> u8 {
    1 << kind.to_otlp()
}

const fn status_bit(status: StatusCode) -> u8 {
    1 << status.to_otlp()
}

impl Digest {
    pub(super) fn add(&mut self, span: &SpanEntry) {
        self.services |= span.service.bit();
        self.names |= span.name.bit();
        self.kinds |= kind_bit(span.kind);
        self.statuses |= status_bit(span.status);
        self.errors += u32::from(span.status == StatusCode::Error);
        self.max_duration = self.max_duration.max(span.duration());
        if !span.start.is_unset() && (self.first_start.is_unset() || span.start < self.first_start) {
            self.first_start = span.start;
        }
        self.last = self.last.max(span.start).max(span.end);
    }

    pub(crate) const fn may_have_kind(&self, kind: SpanKind) -> bool {
        self.kinds & kind_bit(kind) != 0
    }

    pub(crate) const fn may_have_status(&self, status: StatusCode) -> bool {
        self.statuses & status_bit(status) != 0
    }

    /// From the earliest start to the latest end. Unset times are ignored.
    pub(crate) const fn extent(&self) -> (Nanos, Nanos) {
        if self.first_start.is_unset() { (self.last, self.last) } else { (self.first_start, self.last) }
    }
}
