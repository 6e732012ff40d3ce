//! The traces: what comes in, and in which order they stand.

mod leave;

use std::{collections::BTreeMap, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::{Resource, Span, SpanId, TraceId};

use crate::{
    chunk::{Block, Chunk, ChunkId, Chunks, Source},
    columns::{self, Columns},
    disk::VolumeId,
    entry::SMALL,
    gathered::Gathered,
    ingest::{Batch, Ingested, Pending},
    links::Links,
    logs::{LogBatch, PendingLog},
    marked,
    names::Acquired,
    names::Names,
    search::Cursor,
    summary::Summary,
    tokens::Dictionary,
    traces::{Slot, Traces},
};

pub(crate) use crate::entry::{LogEntry, SpanEntry, TraceEntry};

/// A trace in the order of arrival, with the place after it.
pub(crate) struct Newest<'i> {
    pub(crate) slot: Slot,
    pub(crate) id: TraceId,
    pub(crate) trace: &'i TraceEntry,
    pub(crate) after: Cursor,
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) traces: Traces,
    /// The traces by the oldest chunk that has a span of theirs. A trace of which an older chunk turned up later stands
    /// under both; [`TraceEntry::first_chunk`] says which is meant.
    order: BTreeMap<ChunkId, Vec<Slot>>,
    /// How many chunks of each volume are known here.
    volumes: BTreeMap<VolumeId, u64>,
    pub(crate) chunks: Chunks,
    pub(crate) operations: Names,
    pub(crate) services: Names,
    pub(crate) links: Links,
    pub(crate) dictionary: Dictionary,
    pub(crate) columns: Columns,
    pub(crate) hasher: RandomState,
    /// Used again for every run of spans.
    gathered: Gathered,
    /// Which spans of the run are new, each with its number for the columns.
    fresh: Vec<(usize, Option<columns::Record>)>,
    /// The columns of the chunk that is indexed.
    building: columns::Builder,
    /// Counts changes; the version of a trace is its last one.
    clock: u64,
    /// What the traces hold.
    trace_bytes: usize,
    pub(crate) spans: u64,
    pub(crate) logs: u64,
    /// Traces without a span: logs that wait for theirs.
    waiting: u64,
    pub(crate) evicted_traces: u64,
}

impl Index {
    /// All that counts against the bound.
    pub(crate) fn bytes(&self) -> usize {
        self.traces.bytes()
            + self.trace_bytes
            + self.chunks.bytes()
            + self.operations.bytes()
            + self.services.bytes()
            + self.links.bytes()
            + self.dictionary.bytes()
            + self.columns.bytes()
    }

    /// The version of what changed last.
    pub(crate) const fn now(&self) -> u64 {
        self.clock
    }

    /// Whether every span of the batch is there already.
    pub(crate) fn holds_all(&self, batch: &Batch<'_>) -> bool {
        batch
            .spans
            .iter()
            .all(|span| self.traces.get(&span.trace_id).is_some_and(|trace| trace.holds(span, &self.hasher)))
    }

    /// Adds what is new of a batch. Its chunk is kept when anything was.
    pub(crate) fn insert(&mut self, mut batch: Batch<'_>, id: ChunkId, source: Source) -> Ingested {
        self.clock += 1;
        let mut done = Ingested { rejected: std::mem::take(&mut batch.rejected), ..Ingested::default() };
        let mut grown = Vec::new();
        self.gathered.begin();
        let mut names = Acquired::default();
        for run in batch.spans.chunk_by(|span, next| span.trace_id == next.trace_id) {
            self.insert_run(run, &batch, id, &mut names, &mut done, &mut grown);
        }
        grown.sort_unstable();
        grown.dedup();
        for trace in grown {
            self.tidy_tokens(trace);
        }
        self.spans += done.stored;
        if done.stored > 0 {
            self.keep_chunk(id, source, &batch.blocks, batch.spans.len());
        }
        self.keep_columns(id);
        done
    }

    /// Keeps what the dictionary had no room for of the chunk that was indexed.
    fn keep_columns(&mut self, id: ChunkId) {
        if let Some(columns) = self.building.finish(self.clock) {
            self.columns.insert(id, columns);
        }
    }

    /// Keeps a chunk that something was stored of.
    fn keep_chunk(&mut self, id: ChunkId, source: Source, blocks: &[Block], records: usize) {
        if let Source::Disk(volume) = &source {
            *self.volumes.entry(volume.id).or_default() += 1;
        }
        self.chunks.insert(id, Arc::new(Chunk { source, blocks: blocks.into(), records }));
    }

    /// Whether every record of the batch is there already.
    pub(crate) fn holds_all_logs(&self, batch: &LogBatch) -> bool {
        batch.logs.iter().all(|log| self.traces.get(&log.trace_id).is_some_and(|trace| trace.holds_log(log)))
    }

    /// [`Self::insert`], for log records.
    pub(crate) fn insert_logs(&mut self, batch: &LogBatch, id: ChunkId, source: Source) -> Ingested {
        self.clock += 1;
        let mut done = Ingested::default();
        for log in &batch.logs {
            if self.insert_log(log, id, &mut done.changed) {
                done.stored += 1;
            } else {
                done.duplicates += 1;
            }
        }
        self.logs += done.stored;
        if done.stored > 0 {
            self.keep_chunk(id, source, &batch.blocks, batch.logs.len());
        }
        done
    }

    fn insert_log(&mut self, log: &PendingLog, chunk: ChunkId, changed: &mut Vec<(TraceId, u64)>) -> bool {
        let (slot, trace) = self.traces.get_or_add(log.trace_id);
        let before = if trace.is_empty() { 0 } else { trace.bytes() };
        if before > 0 && trace.holds_log(log) {
            return false;
        }
        if before == 0 {
            self.waiting += 1;
            trace.since = self.clock;
        }
        if before == 0 || chunk < trace.first_chunk {
            trace.first_chunk = chunk;
            self.order.entry(chunk).or_default().push(slot);
        }
        trace.push_log(LogEntry { time: log.time, chunk, place: log.place, fingerprint: log.fingerprint });
        // The summary says nothing of logs, but it tells the version.
        trace.summary = None;
        if trace.version != self.clock {
            trace.version = self.clock;
            changed.push((log.trace_id, self.clock));
        }
        self.trace_bytes = self.trace_bytes + trace.bytes() - before;
        true
    }

    /// Adds spans of one trace that stand together, as they mostly do: what is the trace's is done once. The trace is
    /// among the `grown` when its tokens are in no order now.
    fn insert_run<'b>(
        &mut self,
        run: &'b [Pending<'_>],
        batch: &Batch<'_>,
        chunk: ChunkId,
        names: &mut Acquired<'b>,
        done: &mut Ingested,
        grown: &mut Vec<TraceId>,
    ) {
        let Some(id) = run.first().map(|span| span.trace_id) else { return };
        let (slot, trace) = self.traces.get_or_add(id);
        let is_new = trace.is_empty();
        let before = if is_new { 0 } else { trace.bytes() };
        if is_new {
            trace.since = self.clock;
        }
        let first_place = trace.spans.len();
        if trace.spans.len() < SMALL {
            trace.spans.reserve_exact(run.len());
        }
        self.gathered.clear();
        self.fresh.clear();
        for (at, span) in run.iter().enumerate() {
            if trace.holds(span, &self.hasher) {
                continue;
            }
            self.fresh.push((at, self.building.count(slot, trace.spans.len())));
            let entry = SpanEntry {
                id: span.id,
                parent: span.parent.map_or([0; SpanId::LEN], |parent| *parent.as_bytes()),
                start: span.start,
                end: span.end,
                chunk,
                place: span.place,
                fingerprint: span.fingerprint,
                name: names.operation(&mut self.operations, span, batch),
                service: names.service(&mut self.services, span, batch),
                kind: span.kind,
                status: span.status,
                http_status: span.http_status,
            };
            self.gathered.add(trace.spans.len(), batch.hashes_of(span), span.block);
            trace.push(entry, &self.hasher);
            for target in batch.links.get(span.links.clone()).unwrap_or_default() {
                if self.links.add((id, span.id), *target) && !trace.links_to.contains(&target.0) {
                    trace.links_to.push(target.0);
                }
            }
        }
        done.stored += self.fresh.len() as u64;
        done.duplicates += (run.len() - self.fresh.len()) as u64;
        if self.fresh.is_empty() {
            return;
        }
        if is_new || chunk < trace.first_chunk {
            trace.first_chunk = chunk;
            self.order.entry(chunk).or_default().push(slot);
        }
        if !is_new && first_place == 0 {
            self.waiting -= 1;
        }
        for marked in self.gathered.finish() {
            trace.digest.attributes.add(marked.token);
        }
        if trace.version == self.clock {
            // It stood elsewhere in the batch as well, perhaps again and again.
            trace.tokens.extend_from_slice(self.gathered.tokens());
            grown.push(id);
        } else {
            self.gathered.merge_into(&mut trace.tokens);
        }
        trace.summary = None;
        if trace.version != self.clock {
            trace.version = self.clock;
            done.changed.push((id, self.clock));
        }
        self.trace_bytes = self.trace_bytes + trace.bytes() - before;
        let unknown = self.gathered.unknown(|hash| self.dictionary.knows(hash));
        if !unknown.is_none() {
            for place in 0..self.fresh.len() {
                let (at, record) = self.fresh[place];
                if unknown.contains(first_place + place) {
                    self.learn(&run[at], record, batch);
                }
            }
        }
    }

    /// Tells the dictionary what is said by a span and its resource, and the columns what that has no room for.
    fn learn(&mut self, span: &Pending<'_>, record: Option<columns::Record>, batch: &Batch<'_>) {
        let Self { dictionary, building, .. } = self;
        let [own, shared] = batch.hashes_of(span);
        if own.iter().any(|hash| !dictionary.knows(*hash)) {
            let attributes = Span::raw_attributes_of(span.place.get(batch.body));
            dictionary.learn_all(attributes.zip(own.iter().copied()), |key, value| {
                building.add(key, record, value);
            });
        }
        if shared.iter().any(|hash| !dictionary.knows(*hash))
            && building.is_new_block(span.block)
            && let Some(block) = batch.blocks.get(span.block)
        {
            let attributes = Resource { raw: block.resource.get(batch.body) }.raw_attributes();
            dictionary.learn_all(attributes.zip(shared.iter().copied()), |key, value| {
                building.add(key, Some(columns::Record::ANY), value);
            });
        }
    }

    fn tidy_tokens(&mut self, trace: TraceId) {
        let Some(trace) = self.traces.get_mut(&trace) else { return };
        let before = trace.bytes();
        marked::tidy(&mut trace.tokens);
        self.trace_bytes -= before - trace.bytes();
    }

    /// Remembers a summary for as long as its trace is as it is.
    pub(crate) fn keep_summary(&mut self, id: TraceId, summary: Arc<Summary>) {
        let Some(trace) = self.traces.get_mut(&id) else { return };
        self.trace_bytes -= trace.bytes();
        trace.summary = Some(summary);
        self.trace_bytes += trace.bytes();
    }

    /// Whether a volume has a chunk that is known here.
    pub(crate) fn knows_volume(&self, volume: VolumeId) -> bool {
        self.volumes.contains_key(&volume)
    }

    /// How many traces have a span.
    pub(crate) fn trace_count(&self) -> u64 {
        self.traces.len() as u64 - self.waiting
    }

    /// The traces that have a span, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = TraceId> {
        self.newest_from(None).map(|newest| newest.id)
    }

    /// [`Self::newest`] from a place on.
    pub(crate) fn newest_from(&self, from: Option<Cursor>) -> impl Iterator<Item = Newest<'_>> {
        let newest = from.map_or(ChunkId(u64::MAX), |cursor| cursor.chunk);
        let listed = self.order.range(..=newest).rev().flat_map(move |(chunk, slots)| {
            let left = from.filter(|cursor| cursor.chunk == *chunk).map_or(slots.len(), |cursor| cursor.left);
            let left = slots.iter().take(left).enumerate().rev();
            left.map(|(left, slot)| (*slot, Cursor { chunk: *chunk, left }))
        });
        listed.filter_map(|(slot, cursor)| {
            let (id, trace) = self.traces.at(slot)?;
            let stands = trace.first_chunk == cursor.chunk && !trace.spans.is_empty();
            stands.then_some(Newest { slot, id, trace, after: cursor })
        })
    }
}
