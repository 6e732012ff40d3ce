//! Index entries: a span in 64 bytes, a log record in 32.

use trace_model::{Nanos, SpanId, SpanKind, StatusCode, tree::Node};

use super::names::NameId;
use crate::{
    ingest::PendingSpan,
    storage::{ByteRange, ChunkId},
};

/// What the index stores of a span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanEntry {
    pub(crate) id: SpanId,
    pub(crate) parent: [u8; SpanId::LEN],
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) range: ByteRange,
    pub(crate) fingerprint: u32,
    pub(crate) name: NameId,
    pub(crate) service: NameId,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    /// `http.response.status_code`, or zero.
    pub(crate) http_status: u16,
}

/// A million spans must fit in memory beside everything else.
const _: () = assert!(size_of::<SpanEntry>() <= 64);

impl SpanEntry {
    pub(crate) fn parent(&self) -> Option<SpanId> {
        SpanId::from_bytes(&self.parent).ok()
    }

    /// Whether it has the content of another span. The fingerprint covers what the entry does not have.
    pub(super) fn is_equal(&self, span: &PendingSpan<'_>) -> bool {
        self.id == span.id
            && self.fingerprint == span.fingerprint
            && (self.start, self.end) == (span.start, span.end)
            && (self.kind, self.status) == (span.kind, span.status)
            && self.parent() == span.parent
    }

    /// Nanoseconds; 0 if a time is unset or the end is before the start.
    pub(crate) fn duration(&self) -> u64 {
        if self.start.is_unset() { 0 } else { self.end.since(self.start) }
    }
}

impl From<&SpanEntry> for Node {
    fn from(span: &SpanEntry) -> Self {
        Self { id: span.id, parent: span.parent(), kind: span.kind, start: span.start, end: span.end }
    }
}

/// What the index stores of a log record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogEntry {
    pub(crate) time: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) range: ByteRange,
    pub(crate) fingerprint: u64,
}
