//! Insertion of spans into their traces.

use std::sync::Arc;

use foldhash::fast::RandomState;
use trace_model::{Resource, Span, SpanId, TraceId, otlp::Rejected, span::SpanError};

use super::{
    Index,
    entry::SpanEntry,
    entry_table::MAX_LINEAR,
    links::{Added, Links},
    names::{NameCache, Names},
    trace_entry::{Admission, TraceEntry},
};
use crate::{
    attributes::{RunPostings, columns, sort_and_merge},
    ingest::{IngestOutcome, PendingSpan, SpanBatch},
    storage::{Chunk, ChunkId, Source},
    trace_slot::TraceSlot,
};

/// State of the insertion of one batch.
#[derive(Default)]
struct Insertion<'b> {
    names: NameCache<'b>,
    outcome: IngestOutcome,
    /// Traces whose postings are not sorted, because several runs of the batch were appended to them.
    unsorted: Vec<TraceId>,
}

/// The parts of the index that a new span is added to, beside its trace.
struct SpanTargets<'i> {
    operations: &'i mut Names,
    services: &'i mut Names,
    links: &'i mut Links,
    postings: &'i mut RunPostings,
    new_spans: &'i mut Vec<(usize, Option<columns::Row>)>,
    columns_builder: &'i mut columns::Builder,
    hasher: &'i RandomState,
}

impl Index {
    /// Whether every span of the batch is stored already.
    pub(crate) fn contains_all(&self, batch: &SpanBatch<'_>) -> bool {
        batch.spans.iter().all(|span| {
            self.traces.get(&span.trace_id).is_some_and(|trace| trace.contains_span(span, &self.hasher))
        })
    }

    /// Adds the new spans of a batch. Its chunk is stored if there are any.
    pub(crate) fn insert(&mut self, mut batch: SpanBatch<'_>, id: ChunkId, source: Source) -> IngestOutcome {
        self.version += 1;
        let rejected = std::mem::take(&mut batch.rejected);
        let mut insertion = Insertion::default();
        self.run.begin_batch();
        for run in batch.spans.chunk_by(|span, next| span.trace_id == next.trace_id) {
            self.insert_run(run, &batch, id, &mut insertion);
        }
        let Insertion { mut outcome, mut unsorted, .. } = insertion;
        outcome.rejected.merge(rejected);
        unsorted.sort_unstable();
        unsorted.dedup();
        for trace in unsorted {
            self.sort_postings(trace);
        }
        self.spans += outcome.stored;
        if outcome.stored > 0 {
            let chunk = Chunk {
                source,
                blocks: batch.blocks.as_slice().into(),
                records: batch.spans.len(),
                arrived: batch.arrived,
            };
            self.insert_chunk(id, chunk);
        }
        self.insert_columns(id);
        outcome
    }

    /// Adds the columns of the chunk that was indexed.
    pub(super) fn insert_columns(&mut self, id: ChunkId) {
        if let Some(columns) = self.columns_builder.finish(self.version) {
            self.columns.insert(id, columns);
        }
    }

    /// Adds a chunk.
    pub(super) fn insert_chunk(&mut self, id: ChunkId, chunk: Chunk) {
        if let Source::Disk(volume) = &chunk.source {
            *self.volumes.entry(volume.id).or_default() += 1;
        }
        self.chunks.insert(id, Arc::new(chunk));
    }

    /// Inserts a run: consecutive spans of one trace. Most traces have one run per batch, so that the work for the
    /// trace is done once.
    fn insert_run<'b>(
        &mut self,
        run: &'b [PendingSpan<'_>],
        batch: &SpanBatch<'_>,
        chunk: ChunkId,
        insertion: &mut Insertion<'b>,
    ) {
        let Some(id) = run.first().map(|span| span.trace_id) else { return };
        let (slot, trace) = self.traces.get_or_add(id);
        let is_new = trace.is_empty();
        let bytes_before = if is_new { 0 } else { trace.bytes() };
        let first_position = trace.spans.len();
        if is_new {
            trace.created_at = self.version;
        }
        if first_position < MAX_LINEAR {
            trace.spans.reserve_exact(run.len());
        }
        let mut targets = SpanTargets {
            operations: &mut self.operations,
            services: &mut self.services,
            links: &mut self.links,
            postings: &mut self.run,
            new_spans: &mut self.new_spans,
            columns_builder: &mut self.columns_builder,
            hasher: &self.hasher,
        };
        let Insertion { names, outcome, .. } = insertion;
        let rejected_before = outcome.rejected.records;
        targets.add_new_spans((slot, trace), run, batch, chunk, (names, &mut outcome.rejected));
        let rejected = outcome.rejected.records - rejected_before;
        outcome.stored += self.new_spans.len() as u64;
        outcome.duplicates += (run.len() - self.new_spans.len()) as u64 - rejected;
        if self.new_spans.is_empty() {
            // Room was reserved for spans that turned out to be duplicates.
            if first_position < MAX_LINEAR {
                trace.spans.shrink_to_fit();
            }
            if !is_new {
                self.trace_bytes = self.trace_bytes + trace.bytes() - bytes_before;
            }
            return;
        }
        if is_new || chunk < trace.first_chunk {
            trace.first_chunk = chunk;
            self.order.entry(chunk).or_default().push(slot);
        }
        if !is_new && first_position == 0 {
            self.without_spans -= 1;
        }
        if add_postings(&mut self.run, trace, self.version) {
            insertion.unsorted.push(id);
        }
        trace.summary = None;
        if trace.version != self.version {
            trace.version = self.version;
            insertion.outcome.changed.push((id, self.version));
        }
        self.trace_bytes = self.trace_bytes + trace.bytes() - bytes_before;
        self.add_unknown_attributes(run, batch, first_position);
    }

    /// Adds to the dictionary what it does not know of the new spans of a run.
    fn add_unknown_attributes(
        &mut self,
        run: &[PendingSpan<'_>],
        batch: &SpanBatch<'_>,
        first_position: usize,
    ) {
        let unknown = self.run.unknown(|hash| self.dictionary.contains(hash));
        if unknown.is_empty() {
            return;
        }
        for new in 0..self.new_spans.len() {
            let (at, row) = self.new_spans[new];
            if unknown.contains(first_position + new) {
                self.add_attributes(&run[at], row, batch);
            }
        }
    }

    /// Adds the attributes of a span and its resource to the dictionary, and to the columns where it has no room.
    pub(super) fn add_attributes(
        &mut self,
        span: &PendingSpan<'_>,
        row: Option<columns::Row>,
        batch: &SpanBatch<'_>,
    ) {
        let Self { dictionary, columns_builder, .. } = self;
        let [own, shared] = batch.hashes_of(span);
        if own.iter().any(|hash| !dictionary.contains(*hash)) {
            let attributes = Span::raw_attributes_of(span.range.get(batch.body));
            dictionary.add_all(attributes.zip(own.iter().copied()), |key, value| {
                columns_builder.add(key, row, value);
            });
        }
        if shared.iter().any(|hash| !dictionary.contains(*hash))
            && columns_builder.is_new_block(span.block)
            && let Some(block) = batch.blocks.get(span.block)
        {
            let attributes = Resource { raw: block.resource.get(batch.body) }.raw_attributes();
            dictionary.add_all(attributes.zip(shared.iter().copied()), |key, value| {
                columns_builder.add(key, Some(columns::Row::ANY), value);
            });
        }
    }

    fn sort_postings(&mut self, trace: TraceId) {
        let Some(trace) = self.traces.get_mut(&trace) else { return };
        let bytes_before = trace.bytes();
        sort_and_merge(&mut trace.postings);
        self.trace_bytes -= bytes_before - trace.bytes();
    }
}

impl SpanTargets<'_> {
    /// Adds the spans of a run that the trace does not have yet.
    fn add_new_spans<'b>(
        &mut self,
        (slot, trace): (TraceSlot, &mut TraceEntry),
        run: &'b [PendingSpan<'_>],
        batch: &SpanBatch<'_>,
        chunk: ChunkId,
        (names, rejected): (&mut NameCache<'b>, &mut Rejected),
    ) {
        self.postings.begin_run();
        self.new_spans.clear();
        for (at, span) in run.iter().enumerate() {
            match trace.admission(span, self.hasher) {
                Admission::New => {}
                Admission::Duplicate => continue,
                Admission::TooManyOfId => {
                    rejected.add(SpanError::RepeatedId);
                    continue;
                }
            }
            let position = trace.spans.len();
            self.new_spans.push((at, self.columns_builder.add_row(slot, position)));
            self.postings.add(position, batch.hashes_of(span), span.block);
            let entry = SpanEntry {
                id: span.id,
                parent: span.parent.map_or([0; SpanId::LEN], |parent| *parent.as_bytes()),
                start: span.start,
                end: span.end,
                chunk,
                range: span.range,
                fingerprint: span.fingerprint,
                name: names.operation(self.operations, span, batch),
                service: names.service(self.services, span, batch),
                kind: span.kind,
                status: span.status,
                http_status: span.http_status,
            };
            trace.push_span(entry, self.hasher);
            trace.digest.has_events |= span.has_events;
            self.add_links(trace, span, batch);
        }
    }

    fn add_links(&mut self, trace: &mut TraceEntry, span: &PendingSpan<'_>, batch: &SpanBatch<'_>) {
        for target in batch.links.get(span.links.clone()).unwrap_or_default() {
            if self.links.add((span.trace_id, span.id), *target) == Added::FirstOfTrace {
                trace.links_to.push(target.0);
            }
        }
    }
}

/// Adds the postings of the run to its trace. Returns whether those of the trace are no longer sorted.
fn add_postings(run: &mut RunPostings, trace: &mut TraceEntry, version: u64) -> bool {
    for posting in run.finish() {
        trace.digest.attributes.add(posting.token);
    }
    let has_earlier_run = trace.version == version;
    if has_earlier_run {
        // There may be many runs: they are appended now, and sorted once at the end of the batch.
        trace.postings.extend_from_slice(run.postings());
    } else {
        run.merge_into(&mut trace.postings);
    }
    has_earlier_run
}
