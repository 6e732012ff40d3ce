//! What the spans of a trace say together, so that most traces are passed over without a look at any of them.

use trace_model::{Nanos, SpanKind, StatusCode};

use crate::{index::SpanEntry, names::NameId, tokens::Token};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Digest {
    /// A bit for every service, and one for every name, out of 64.
    pub(crate) services: u64,
    pub(crate) names: u64,
    kinds: u8,
    statuses: u8,
    pub(crate) errors: u32,
    /// Bits for the attributes.
    pub(crate) attributes: Bloom,
    /// The longest duration of a span.
    pub(crate) longest: u64,
    /// Zero while no span has one.
    first_start: Nanos,
    last: Nanos,
}

/// Which tokens there may be: two bits for each, out of 512.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bloom([u64; 8]);

impl Bloom {
    fn bits(token: Token) -> [(usize, u64); 2] {
        [token, token >> 16].map(|bits| ((bits >> 6 & 7) as usize, 1 << (bits & 63)))
    }

    pub(crate) fn add(&mut self, token: Token) {
        for (word, bit) in Self::bits(token) {
            if let Some(word) = self.0.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(crate) fn may_have(&self, token: Token) -> bool {
        Self::bits(token).into_iter().all(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// The bit that a name sets.
pub(crate) const fn bit(name: NameId) -> u64 {
    1 << (name.number() % 64)
}

const fn kind_bit(kind: SpanKind) -> u8 {
    1 << kind.to_otlp()
}

const fn status_bit(status: StatusCode) -> u8 {
    1 << status.to_otlp()
}

impl Digest {
    pub(crate) fn add(&mut self, span: &SpanEntry) {
        self.services |= bit(span.service);
        self.names |= bit(span.name);
        self.kinds |= kind_bit(span.kind);
        self.statuses |= status_bit(span.status);
        self.errors += u32::from(span.status == StatusCode::Error);
        self.longest = self.longest.max(span.end.since(span.start));
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

    /// From the earliest start to the latest end. Times that nobody set say nothing about either.
    pub(crate) const fn extent(&self) -> (Nanos, Nanos) {
        if self.first_start.is_unset() { (self.last, self.last) } else { (self.first_start, self.last) }
    }
}
