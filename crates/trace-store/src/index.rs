//! The traces and their spans, 64 bytes each, and who goes when it is full.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode, TraceId};

use crate::{
    chunk::{Chunk, ChunkId, Chunks, Place},
    ingest::{Batch, Ingested, Pending},
    links::Links,
    names::{NameId, Names},
    summary::Summary,
};

/// Up to this many spans, looking at each is faster than a table.
const SMALL: usize = 24;

/// A trace beside its spans: the entry, its key, its place in the queue, its summary.
const TRACE_OVERHEAD: usize = 512;

/// What the index holds of a span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanEntry {
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) place: Place,
    fingerprint: u32,
    pub(crate) name: NameId,
    pub(crate) service: NameId,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
}

/// One trace.
#[derive(Debug, Default)]
pub(crate) struct TraceEntry {
    pub(crate) version: u64,
    pub(crate) spans: Vec<SpanEntry>,
    /// Places in `spans` by span id; empty while there are few.
    by_id: HashTable<u32>,
    /// The traces that spans of this one link to, each once.
    links_to: Vec<TraceId>,
    pub(crate) summary: Option<Arc<Summary>>,
}

impl TraceEntry {
    fn holds(&self, span: &Pending<'_>, hasher: &RandomState) -> bool {
        let same = |entry: &SpanEntry| {
            entry.id == span.id && entry.fingerprint == span.fingerprint && entry.place.len == span.place.len
        };
        if self.by_id.is_empty() {
            return self.spans.iter().any(same);
        }
        let hash = hash(span.id, hasher);
        self.by_id.find(hash, |&place| self.spans.get(place as usize).is_some_and(same)).is_some()
    }

    fn push(&mut self, entry: SpanEntry, hasher: &RandomState) {
        self.spans.push(entry);
        if self.spans.len() <= SMALL {
            return;
        }
        let from = if self.by_id.is_empty() { 0 } else { self.spans.len() - 1 };
        let spans = &self.spans;
        let of = |place: &u32| spans.get(*place as usize).map_or(0, |entry| hash(entry.id, hasher));
        for place in from..spans.len() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            self.by_id.insert_unique(of(&place), place, of);
        }
    }

    fn bytes(&self) -> usize {
        TRACE_OVERHEAD
            + self.spans.capacity() * size_of::<SpanEntry>()
            + self.by_id.allocation_size()
            + self.links_to.capacity() * size_of::<TraceId>()
    }
}

fn hash(id: SpanId, hasher: &RandomState) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, id)
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) traces: HashMap<TraceId, TraceEntry, RandomState>,
    /// Every trace with the chunk of its first span, in the order of arrival.
    order: VecDeque<(TraceId, ChunkId)>,
    pub(crate) chunks: Chunks,
    pub(crate) operations: Names,
    pub(crate) services: Names,
    pub(crate) links: Links,
    hasher: RandomState,
    /// Counts changes; the version of a trace is its last one.
    clock: u64,
    trace_bytes: usize,
    pub(crate) spans: u64,
    pub(crate) evicted_traces: u64,
}

impl Index {
    /// All that counts against the bound.
    pub(crate) fn bytes(&self) -> usize {
        self.trace_bytes
            + self.chunks.bytes()
            + self.operations.bytes()
            + self.services.bytes()
            + self.links.bytes()
    }

    /// Whether every span of the batch is there already.
    pub(crate) fn holds_all(&self, batch: &Batch<'_>) -> bool {
        batch
            .spans
            .iter()
            .all(|span| self.traces.get(&span.trace_id).is_some_and(|trace| trace.holds(span, &self.hasher)))
    }

    /// Adds what is new of a batch. Its chunk is kept when anything was.
    pub(crate) fn insert(&mut self, batch: Batch<'_>, chunk: Arc<Chunk>) -> Ingested {
        let chunk = self.chunks.push(chunk);
        self.clock += 1;
        let mut done = Ingested { rejected: batch.rejected, ..Ingested::default() };
        for span in &batch.spans {
            let service = batch.services.get(span.service).map_or("", |name| name);
            if self.insert_span(span, service, chunk, &mut done.changed) {
                done.stored += 1;
            } else {
                done.duplicates += 1;
            }
        }
        if done.stored == 0 {
            self.chunks.pop_newest();
        }
        self.spans += done.stored;
        done
    }

    fn insert_span(
        &mut self,
        span: &Pending<'_>,
        service: &str,
        chunk: ChunkId,
        changed: &mut Vec<(TraceId, u64)>,
    ) -> bool {
        let trace = self.traces.entry(span.trace_id).or_default();
        if trace.spans.is_empty() {
            self.order.push_back((span.trace_id, chunk));
            self.trace_bytes += trace.bytes();
        } else if trace.holds(span, &self.hasher) {
            return false;
        }
        let before = trace.bytes();
        let entry = SpanEntry {
            id: span.id,
            parent: span.parent,
            start: span.start,
            end: span.end,
            chunk,
            place: span.place,
            fingerprint: span.fingerprint,
            name: self.operations.acquire(&span.name),
            service: self.services.acquire(service),
            kind: span.kind,
            status: span.status,
        };
        trace.push(entry, &self.hasher);
        for target in &span.links {
            if self.links.add((span.trace_id, span.id), *target) && !trace.links_to.contains(&target.0) {
                trace.links_to.push(target.0);
            }
        }
        trace.summary = None;
        if trace.version != self.clock {
            trace.version = self.clock;
            changed.push((span.trace_id, self.clock));
        }
        self.trace_bytes += trace.bytes() - before;
        true
    }

    /// Lets the oldest chunks go, with their traces, until `limit` holds.
    pub(crate) fn shrink_to(&mut self, limit: usize) {
        while self.bytes() > limit {
            let Some(chunk) = self.chunks.pop_oldest() else { return };
            while let Some((trace, _)) = self.order.pop_front_if(|(_, first)| *first <= chunk) {
                self.remove(trace);
            }
        }
    }

    fn remove(&mut self, id: TraceId) {
        let Some(trace) = self.traces.remove(&id) else { return };
        self.trace_bytes -= trace.bytes();
        self.spans -= trace.spans.len() as u64;
        self.evicted_traces += 1;
        for span in &trace.spans {
            self.operations.release(span.name);
            self.services.release(span.service);
        }
        for target in trace.links_to {
            self.links.remove(id, target);
        }
    }

    /// The traces, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = TraceId> {
        self.order.iter().rev().map(|(id, _)| *id)
    }
}
