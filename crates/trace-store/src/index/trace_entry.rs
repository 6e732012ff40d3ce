//! What the index stores of one trace.

use std::{cell::Cell, cmp::Reverse, collections::HashSet, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::{
    Nanos, SpanId, SpanKind, TraceId,
    tree::{self, Node},
};

use super::{
    digest::Digest,
    entry::{LogEntry, SpanEntry},
    entry_table::EntryTable,
    names::NameId,
    summary::TraceSummary,
};
use crate::{
    alloc_size,
    attributes::Posting,
    ingest::{PendingLog, PendingSpan},
    storage::ChunkId,
};

/// Bytes of a slot number in the arrival order, in a list that grows by doubling.
const ORDER_ENTRY: usize = 8;

/// Different spans of one trace with the same id. Two are usual in Zipkin, and a sender that repeats spans with other
/// contents makes few. All of them are compared with the next one, so that without a bound the time is quadratic.
const MAX_SAME_ID: usize = 256;

/// Whether a span is added to its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    New,
    Duplicate,
    TooManyOfId,
}

/// A trace. Log records may arrive before the first span; until then, no query finds the trace.
#[derive(Debug, Default)]
pub(crate) struct TraceEntry {
    pub(crate) version: u64,
    /// Its first version.
    pub(crate) created_at: u64,
    /// The oldest chunk that has a span or a log record of the trace.
    pub(crate) first_chunk: ChunkId,
    pub(crate) spans: Vec<SpanEntry>,
    by_id: EntryTable,
    pub(crate) logs: Vec<LogEntry>,
    by_fingerprint: EntryTable,
    /// The traces that spans of this one link to, each once.
    pub(crate) links_to: Vec<TraceId>,
    /// Postings of the attributes of all spans and their resources: sorted, without duplicates.
    pub(crate) postings: Vec<Posting>,
    pub(crate) digest: Digest,
    pub(crate) summary: Option<Arc<TraceSummary>>,
}

impl TraceEntry {
    pub(crate) const fn is_empty(&self) -> bool {
        self.spans.is_empty() && self.logs.is_empty()
    }

    pub(super) fn contains_span(&self, span: &PendingSpan<'_>, hasher: &RandomState) -> bool {
        self.admission(span, hasher) == Admission::Duplicate
    }

    /// Whether a span is new.
    pub(super) fn admission(&self, span: &PendingSpan<'_>, hasher: &RandomState) -> Admission {
        let of_this_id = Cell::new(0);
        let is_equal = |entry: &SpanEntry| {
            if entry.id != span.id {
                return false;
            }
            of_this_id.set(of_this_id.get() + 1);
            entry.is_equal(span)
        };
        if self.by_id.contains(&self.spans, hash(span.id, hasher), is_equal) {
            Admission::Duplicate
        } else if of_this_id.get() >= MAX_SAME_ID {
            Admission::TooManyOfId
        } else {
            Admission::New
        }
    }

    /// The parent of a span: one of the spans with the parent's id, and not the span itself.
    pub(crate) fn parent_of(&self, entry: &SpanEntry, hasher: &RandomState) -> Option<&SpanEntry> {
        let parent = entry.parent()?;
        self.by_id
            .find(&self.spans, hash(parent, hasher), |span| span.id == parent && !std::ptr::eq(span, entry))
    }

    /// Whether a service has a span with this id.
    pub(crate) fn has_span_of(&self, id: SpanId, service: NameId, hasher: &RandomState) -> bool {
        let is_same = |span: &SpanEntry| span.id == id && span.service == service;
        self.by_id.contains(&self.spans, hash(id, hasher), is_same)
    }

    /// A client span with the id of a server span, as in Zipkin.
    pub(crate) fn client_of_same_id(&self, server: &SpanEntry, hasher: &RandomState) -> Option<&SpanEntry> {
        let is_client = |span: &SpanEntry| span.kind == SpanKind::Client && span.id == server.id;
        self.by_id.find(&self.spans, hash(server.id, hasher), is_client)
    }

    /// The longest span without a parent, or else the longest whose parent is missing, as in
    /// [`trace_model::analysis`]. With only cycles, the longest span that begins one.
    pub(crate) fn root(&self) -> Option<&SpanEntry> {
        let position = |span: &SpanEntry| (span.start, span.id);
        let longest = |is_candidate: &dyn Fn(&&SpanEntry) -> bool| {
            let candidates = self.spans.iter().filter(is_candidate);
            candidates.min_by_key(|span| (Reverse(span.duration()), position(span)))
        };
        longest(&|span| span.parent().is_none())
            .or_else(|| {
                let ids: HashSet<SpanId> = self.spans.iter().map(|span| span.id).collect();
                longest(&|span| span.parent().is_some_and(|parent| !ids.contains(&parent)))
            })
            .filter(|root| !self.shares_id_with_client(root))
            .or_else(|| self.root_of_tree())
    }

    /// Whether it may be the server span of a call that shares its id with the client span, which is then its parent.
    fn shares_id_with_client(&self, span: &SpanEntry) -> bool {
        let is_client = |other: &SpanEntry| other.id == span.id && other.kind == SpanKind::Client;
        span.kind == SpanKind::Server && self.spans.iter().any(is_client)
    }

    /// The root where only the layout of the whole tree tells which spans are at the top.
    fn root_of_tree(&self) -> Option<&SpanEntry> {
        let nodes: Vec<Node> = self.spans.iter().map(Node::from).collect();
        let rows = tree::layout(&nodes).rows.into_iter().filter(|row| row.depth == 0);
        let top = rows.filter_map(|row| Some((row.missing_parent, self.spans.get(row.node)?)));
        // Of equal ones the first.
        let root = top
            .min_by_key(|(is_orphan, span)| (span.parent().is_some(), !is_orphan, Reverse(span.duration())));
        root.map(|(_, span)| span)
    }

    /// From the earliest start to the latest end of a span. Unset times are ignored.
    pub(crate) fn extent(&self) -> (Nanos, Nanos) {
        let (mut start, mut end) = (Nanos::MAX, Nanos::ZERO);
        for span in &self.spans {
            if !span.start.is_unset() {
                start = start.min(span.start);
                end = end.max(span.start);
            }
            end = end.max(span.end);
        }
        if start == Nanos::MAX { (end, end) } else { (start, end) }
    }

    pub(super) fn push_span(&mut self, entry: SpanEntry, hasher: &RandomState) {
        self.digest.add(&entry);
        self.spans.push(entry);
        self.by_id.grow(&self.spans, |entry| hash(entry.id, hasher));
    }

    /// Whether a chunk has a span or a log record of the trace.
    pub(crate) fn is_in_chunk(&self, id: ChunkId) -> bool {
        self.first_chunk == id
            || self.spans.iter().any(|span| span.chunk == id)
            || self.logs.iter().any(|log| log.chunk == id)
    }

    /// The entry of a span that is stored already, and its position.
    pub(super) fn span_mut(
        &mut self,
        span: &PendingSpan<'_>,
        hasher: &RandomState,
    ) -> Option<(usize, &mut SpanEntry)> {
        let at = self.by_id.position(&self.spans, hash(span.id, hasher), |entry| entry.is_equal(span))?;
        Some((at, self.spans.get_mut(at)?))
    }

    /// The entry of a log record that is stored already.
    pub(super) fn log_mut(&mut self, log: &PendingLog) -> Option<&mut LogEntry> {
        let is_equal = |entry: &LogEntry| entry.fingerprint == log.fingerprint;
        let at = self.by_fingerprint.position(&self.logs, log.fingerprint, is_equal)?;
        self.logs.get_mut(at)
    }

    /// The oldest chunk that has a span or a log record of the trace, computed anew.
    pub(super) fn oldest_chunk(&self) -> ChunkId {
        let chunks = self.spans.iter().map(|span| span.chunk).chain(self.logs.iter().map(|log| log.chunk));
        chunks.min().unwrap_or(self.first_chunk)
    }

    pub(super) fn contains_log(&self, log: &PendingLog) -> bool {
        let is_equal = |entry: &LogEntry| entry.fingerprint == log.fingerprint;
        self.by_fingerprint.contains(&self.logs, log.fingerprint, is_equal)
    }

    pub(super) fn push_log(&mut self, entry: LogEntry) {
        self.logs.push(entry);
        self.by_fingerprint.grow(&self.logs, |entry| entry.fingerprint);
    }

    /// Memory of what it owns. The entry itself is in a page of [`super::traces`].
    pub(super) fn bytes(&self) -> usize {
        ORDER_ENTRY
            + alloc_size::of_capacity::<SpanEntry>(self.spans.capacity())
            + self.by_id.bytes()
            + alloc_size::of_capacity::<LogEntry>(self.logs.capacity())
            + self.by_fingerprint.bytes()
            + alloc_size::of_capacity::<TraceId>(self.links_to.capacity())
            + alloc_size::of_capacity::<Posting>(self.postings.capacity())
            + self.summary.as_ref().map_or(0, |summary| summary.bytes())
    }
}

fn hash(id: SpanId, hasher: &RandomState) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, id)
}
