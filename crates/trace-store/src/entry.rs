//! What the index holds of one trace: its spans in 64 bytes each, its log records in 32.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use crate::{
    chunk::{ChunkId, Place},
    cost,
    digest::Digest,
    ingest::Pending,
    logs::PendingLog,
    marked::Marked,
    names::NameId,
    summary::Summary,
};

/// Up to this many entries, looking at each is faster than a table, and no room is kept for more.
pub(crate) const SMALL: usize = 24;

/// The place of a trace in the order, in a list that grows by doubling.
const PLACE_IN_ORDER: usize = 8;

/// What the index holds of a span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanEntry {
    pub(crate) id: SpanId,
    pub(crate) parent: [u8; SpanId::LEN],
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) place: Place,
    pub(crate) fingerprint: u32,
    pub(crate) name: NameId,
    pub(crate) service: NameId,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    /// `http.response.status_code`, or zero.
    pub(crate) http_status: u16,
}

/// A million spans are to fit beside everything else.
const _: () = assert!(size_of::<SpanEntry>() <= 64);

impl SpanEntry {
    pub(crate) fn parent(&self) -> Option<SpanId> {
        SpanId::from_bytes(&self.parent).ok()
    }
}

/// What the index holds of a log record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogEntry {
    pub(crate) time: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) place: Place,
    pub(crate) fingerprint: u64,
}

/// One trace. It is one once it has a span; until then its log records wait for that.
#[derive(Debug, Default)]
pub(crate) struct TraceEntry {
    pub(crate) version: u64,
    /// Its first version.
    pub(crate) since: u64,
    /// The oldest chunk that has a span or a log record of this.
    pub(crate) first_chunk: ChunkId,
    pub(crate) spans: Vec<SpanEntry>,
    by_id: Places,
    pub(crate) logs: Vec<LogEntry>,
    by_fingerprint: Places,
    /// The traces that spans of this one link to, each once.
    pub(crate) links_to: Vec<TraceId>,
    /// Of all attributes of its spans and their resources; sorted, each once.
    pub(crate) tokens: Vec<Marked>,
    pub(crate) digest: Digest,
    pub(crate) summary: Option<Arc<Summary>>,
}

impl TraceEntry {
    pub(crate) const fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.logs.is_empty()
    }

    pub(crate) fn holds(&self, span: &Pending<'_>, hasher: &RandomState) -> bool {
        self.by_id.any(&self.spans, hash(span.id, hasher), |entry| {
            entry.id == span.id && entry.fingerprint == span.fingerprint && entry.place.len == span.place.len
        })
    }

    /// The span that a span names as its parent: one of those that have the id, and not itself.
    pub(crate) fn parent_of(&self, entry: &SpanEntry, hasher: &RandomState) -> Option<&SpanEntry> {
        let parent = entry.parent()?;
        self.by_id
            .find(&self.spans, hash(parent, hasher), |span| span.id == parent && !std::ptr::eq(span, entry))
    }

    pub(crate) fn push(&mut self, entry: SpanEntry, hasher: &RandomState) {
        self.digest.add(&entry);
        self.spans.push(entry);
        self.by_id.grow(&self.spans, |entry| hash(entry.id, hasher));
    }

    /// Whether a chunk has something of it.
    pub(crate) fn lies_in(&self, id: ChunkId) -> bool {
        self.first_chunk == id
            || self.spans.iter().any(|span| span.chunk == id)
            || self.logs.iter().any(|log| log.chunk == id)
    }

    /// A span that is here already, and its place.
    pub(crate) fn span_mut(
        &mut self,
        span: &Pending<'_>,
        hasher: &RandomState,
    ) -> Option<(usize, &mut SpanEntry)> {
        let at = self.by_id.position(&self.spans, hash(span.id, hasher), |entry| {
            entry.id == span.id && entry.fingerprint == span.fingerprint && entry.place.len == span.place.len
        })?;
        Some((at, self.spans.get_mut(at)?))
    }

    /// Where a log record lies that is here already.
    pub(crate) fn log_mut(&mut self, log: &PendingLog) -> Option<&mut LogEntry> {
        let same = |entry: &LogEntry| entry.fingerprint == log.fingerprint;
        let at = self.by_fingerprint.position(&self.logs, log.fingerprint, same)?;
        self.logs.get_mut(at)
    }

    /// The oldest chunk that has something of it.
    pub(crate) fn oldest_chunk(&self) -> ChunkId {
        let chunks = self.spans.iter().map(|span| span.chunk).chain(self.logs.iter().map(|log| log.chunk));
        chunks.min().unwrap_or(self.first_chunk)
    }

    pub(crate) fn holds_log(&self, log: &PendingLog) -> bool {
        self.by_fingerprint.any(&self.logs, log.fingerprint, |entry| entry.fingerprint == log.fingerprint)
    }

    pub(crate) fn push_log(&mut self, entry: LogEntry) {
        self.logs.push(entry);
        self.by_fingerprint.grow(&self.logs, |entry| entry.fingerprint);
    }

    /// What it holds. Itself it lies in a page of [`crate::traces`].
    pub(crate) fn bytes(&self) -> usize {
        PLACE_IN_ORDER
            + cost::of_capacity::<SpanEntry>(self.spans.capacity())
            + self.by_id.bytes()
            + cost::of_capacity::<LogEntry>(self.logs.capacity())
            + self.by_fingerprint.bytes()
            + cost::of_capacity::<TraceId>(self.links_to.capacity())
            + cost::of_capacity::<Marked>(self.tokens.capacity())
            + self.summary.as_ref().map_or(0, |summary| summary.bytes())
    }
}

fn hash(id: SpanId, hasher: &RandomState) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, id)
}

/// Finds entries of a list by a hash of theirs; empty while there are few.
#[derive(Debug, Default)]
struct Places(HashTable<u32>);

impl Places {
    /// Whether one of the entries with this hash is the same.
    fn any<E>(&self, entries: &[E], hash: u64, same: impl Fn(&E) -> bool) -> bool {
        self.find(entries, hash, same).is_some()
    }

    /// One of the entries with this hash that is the same.
    fn find<'e, E>(&self, entries: &'e [E], hash: u64, same: impl Fn(&E) -> bool) -> Option<&'e E> {
        entries.get(self.position(entries, hash, same)?)
    }

    fn position<E>(&self, entries: &[E], hash: u64, same: impl Fn(&E) -> bool) -> Option<usize> {
        if self.0.is_empty() {
            return entries.iter().position(same);
        }
        let place = self.0.find(hash, |&place| entries.get(place as usize).is_some_and(&same))?;
        Some(*place as usize)
    }

    /// Takes in the entry that was added last, or all of them when they have become many.
    fn grow<E>(&mut self, entries: &[E], hash: impl Fn(&E) -> u64) {
        if entries.len() <= SMALL {
            return;
        }
        let from = if self.0.is_empty() { 0 } else { entries.len() - 1 };
        let of = |place: &u32| entries.get(*place as usize).map_or(0, &hash);
        for place in from..entries.len() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            self.0.insert_unique(of(&place), place, of);
        }
    }

    fn bytes(&self) -> usize {
        cost::allocated(self.0.allocation_size())
    }
}
