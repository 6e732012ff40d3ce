//! The traces and their spans, 64 bytes each, and who goes when it is full.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use trace_model::{Nanos, Resource, Span, SpanId, SpanKind, StatusCode, TraceId};

use crate::{
    chunk::{Chunk, ChunkId, Chunks, Place, Source},
    disk::VolumeId,
    ingest::{Batch, Ingested, Pending},
    links::Links,
    names::{NameId, Names},
    summary::Summary,
    tokens::{Dictionary, Token},
};

/// Up to this many spans, looking at each is faster than a table.
const SMALL: usize = 24;

/// The dictionary may take this part of what the index may take.
const DICTIONARY_SHARE: usize = 8;

/// A trace beside its spans: the entry, its key, its place in the queue, its summary.
const TRACE_OVERHEAD: usize = 512;

/// What the index holds of a span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanEntry {
    pub(crate) id: SpanId,
    parent: [u8; SpanId::LEN],
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) chunk: ChunkId,
    pub(crate) place: Place,
    fingerprint: u32,
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

/// One trace.
#[derive(Debug, Default)]
pub(crate) struct TraceEntry {
    pub(crate) version: u64,
    /// The oldest chunk that has a span of this.
    first_chunk: ChunkId,
    pub(crate) spans: Vec<SpanEntry>,
    /// Places in `spans` by span id; empty while there are few.
    by_id: HashTable<u32>,
    /// The traces that spans of this one link to, each once.
    links_to: Vec<TraceId>,
    /// Of all attributes of its spans and their resources; sorted, each once.
    pub(crate) tokens: Vec<Token>,
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
            + self.tokens.capacity() * size_of::<Token>()
    }
}

fn hash(id: SpanId, hasher: &RandomState) -> u64 {
    std::hash::BuildHasher::hash_one(hasher, id)
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) traces: HashMap<TraceId, TraceEntry, RandomState>,
    /// The traces by the oldest chunk that has a span of theirs. A trace of which an older chunk turned up later stands
    /// under both; [`TraceEntry::first_chunk`] says which is meant.
    order: BTreeMap<ChunkId, Vec<TraceId>>,
    /// How many chunks of each volume are known here.
    volumes: BTreeMap<VolumeId, u64>,
    pub(crate) chunks: Chunks,
    pub(crate) operations: Names,
    pub(crate) services: Names,
    pub(crate) links: Links,
    pub(crate) dictionary: Dictionary,
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
            + self.dictionary.bytes()
    }

    /// Whether every span of the batch is there already.
    pub(crate) fn holds_all(&self, batch: &Batch<'_>) -> bool {
        batch
            .spans
            .iter()
            .all(|span| self.traces.get(&span.trace_id).is_some_and(|trace| trace.holds(span, &self.hasher)))
    }

    /// Adds what is new of a batch. Its chunk is kept when anything was.
    pub(crate) fn insert(&mut self, mut batch: Batch<'_>, id: ChunkId, chunk: Arc<Chunk>) -> Ingested {
        self.clock += 1;
        let mut done = Ingested { rejected: std::mem::take(&mut batch.rejected), ..Ingested::default() };
        let mut origin = None;
        for span in &batch.spans {
            let service = batch.services.get(span.service).map_or("", |name| name);
            if self.insert_span(span, service, id, &mut done.changed) {
                done.stored += 1;
                self.add_tokens(span, &batch, origin != Some((span.trace_id, span.block)));
                origin = Some((span.trace_id, span.block));
            } else {
                done.duplicates += 1;
            }
        }
        for (trace, _) in &done.changed {
            self.tidy_tokens(*trace);
        }
        if done.stored > 0 {
            if let Source::Disk(volume) = &chunk.source {
                *self.volumes.entry(volume.id).or_default() += 1;
            }
            self.chunks.insert(id, chunk);
            self.spans += done.stored;
        }
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
        let before = if trace.spans.is_empty() { 0 } else { trace.bytes() };
        if before > 0 && trace.holds(span, &self.hasher) {
            return false;
        }
        if before == 0 || chunk < trace.first_chunk {
            trace.first_chunk = chunk;
            self.order.entry(chunk).or_default().push(span.trace_id);
        }
        let entry = SpanEntry {
            id: span.id,
            parent: span.parent.map_or([0; SpanId::LEN], |parent| *parent.as_bytes()),
            start: span.start,
            end: span.end,
            chunk,
            place: span.place,
            fingerprint: span.fingerprint,
            name: self.operations.acquire(&span.name),
            service: self.services.acquire(service),
            kind: span.kind,
            status: span.status,
            http_status: span.http_status,
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

    /// Gives a trace the tokens of a span, and of its resource when the span before had another.
    fn add_tokens(&mut self, span: &Pending<'_>, batch: &Batch<'_>, with_resource: bool) {
        let Some(trace) = self.traces.get_mut(&span.trace_id) else { return };
        let before = trace.tokens.capacity();
        let own = batch.tokens.get(span.tokens.clone()).unwrap_or_default();
        let resource = batch.resource_tokens.get(span.block).filter(|_| with_resource);
        let shared = resource.and_then(|range| batch.tokens.get(range.clone())).unwrap_or_default();
        trace.tokens.extend_from_slice(own);
        trace.tokens.extend_from_slice(shared);
        self.trace_bytes += (trace.tokens.capacity() - before) * size_of::<Token>();
        if own.iter().any(|token| !self.dictionary.knows(*token))
            && let Ok(span) = Span::decode(span.place.get(batch.body))
        {
            self.dictionary.learn_all(span.raw_attributes());
        }
        if shared.iter().any(|token| !self.dictionary.knows(*token))
            && let Some(block) = batch.blocks.get(span.block)
        {
            self.dictionary.learn_all(Resource { raw: block.resource.get(batch.body) }.raw_attributes());
        }
    }

    fn tidy_tokens(&mut self, trace: TraceId) {
        let Some(trace) = self.traces.get_mut(&trace) else { return };
        let before = trace.tokens.capacity();
        trace.tokens.sort_unstable();
        trace.tokens.dedup();
        trace.tokens.shrink_to(trace.tokens.len() + trace.tokens.len() / 4);
        self.trace_bytes -= (before - trace.tokens.capacity()) * size_of::<Token>();
    }

    /// Lets the oldest chunks go, with their traces, until `limit` holds.
    pub(crate) fn shrink_to(&mut self, limit: usize) {
        if self.bytes() <= limit {
            return;
        }
        if self.dictionary.bytes() > limit / DICTIONARY_SHARE {
            self.dictionary.forget();
        }
        while self.bytes() > limit
            && let Some(oldest) = self.chunks.oldest()
        {
            self.remove_chunk(oldest);
        }
        if self.chunks.oldest().is_none() {
            self.dictionary = Dictionary::default();
        }
    }

    /// Lets the oldest chunks go until none of a volume is left.
    pub(crate) fn forget_volume(&mut self, volume: VolumeId) {
        while self.volumes.contains_key(&volume) {
            let Some(oldest) = self.chunks.oldest() else { return };
            self.remove_chunk(oldest);
        }
    }

    /// Forgets the chunks of one volume, wherever they stand in the order.
    pub(crate) fn forget_chunks_of(&mut self, volume: VolumeId) {
        for id in self.chunks.of_volume(volume) {
            self.remove_chunk(id);
        }
    }

    /// Whether a volume has a chunk that is known here.
    pub(crate) fn knows_volume(&self, volume: VolumeId) -> bool {
        self.volumes.contains_key(&volume)
    }

    fn remove_chunk(&mut self, id: ChunkId) {
        let Some(chunk) = self.chunks.remove(id) else { return };
        if let Source::Disk(volume) = &chunk.source
            && let Some(known) = self.volumes.get_mut(&volume.id)
        {
            *known -= 1;
            if *known == 0 {
                self.volumes.remove(&volume.id);
            }
        }
        for trace in self.order.remove(&id).unwrap_or_default() {
            if self.traces.get(&trace).is_some_and(|entry| entry.first_chunk == id) {
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
        let listed = self
            .order
            .iter()
            .rev()
            .flat_map(|(chunk, traces)| traces.iter().rev().map(move |id| (*chunk, *id)));
        listed
            .filter(|(chunk, id)| self.traces.get(id).is_some_and(|trace| trace.first_chunk == *chunk))
            .map(|(_, id)| id)
    }
}
