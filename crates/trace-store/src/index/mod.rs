//! The index: all traces in memory, with what queries need of their spans and log records.
//!
//! Layers, the lowest first: `names` and `entry`; `digest`, `entry_table`, `summary` and `links`; `trace_entry`, one
//! trace; `summarize` and `cursor`; `traces`, all traces by id; and [`Index`] here. `insert` and `insert_logs` add
//! batches, and `eviction` removes chunks with their traces.

mod cursor;
mod digest;
mod entry;
mod entry_table;
mod eviction;
mod insert;
mod insert_logs;
mod links;
mod names;
mod summarize;
mod summary;
mod trace_entry;
mod traces;

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::TraceId;

pub use cursor::Cursor;
pub(crate) use cursor::Newest;
pub(crate) use digest::Digest;
pub(crate) use entry::{LogEntry, SpanEntry};
pub(crate) use names::{NameId, NameSet, Names};
pub use summary::{ServiceSpans, TraceSummary};
pub(crate) use trace_entry::TraceEntry;

use crate::{
    attributes::{
        Dictionary, RunPostings,
        columns::{self, Columns},
    },
    storage::{ChunkId, Chunks, VolumeId},
    trace_slot::TraceSlot,
};
use links::Links;
use traces::Traces;

/// The names of services, and those of operations, may each take one part in this many of the index's limit.
const NAMES_SHARE: usize = 16;
/// What they may take of a small limit.
const MIN_NAMES: usize = 64 << 10;

#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) traces: Traces,
    /// The traces by their oldest chunk. A trace is listed twice after a still older chunk of it was indexed:
    /// [`TraceEntry::first_chunk`] tells which one counts.
    order: BTreeMap<ChunkId, Vec<TraceSlot>>,
    /// Number of known chunks in each volume.
    volumes: BTreeMap<VolumeId, u64>,
    pub(crate) chunks: Chunks,
    pub(crate) operations: Names,
    pub(crate) services: Names,
    pub(crate) links: Links,
    pub(crate) dictionary: Dictionary,
    pub(crate) columns: Columns,
    pub(crate) hasher: RandomState,
    /// Buffers for a run of spans, reused.
    run: RunPostings,
    /// The new spans of the run, each with its row in the columns.
    new_spans: Vec<(usize, Option<columns::Row>)>,
    /// The columns of the chunk that is being indexed.
    columns_builder: columns::Builder,
    /// Counts changes. The version of a trace is that of its last change.
    version: u64,
    /// Memory of what the trace entries own.
    trace_bytes: usize,
    pub(crate) spans: u64,
    pub(crate) logs: u64,
    /// Traces without a span, whose log records arrived first.
    without_spans: u64,
    pub(crate) evicted_traces: u64,
}

impl Index {
    /// An empty index, which may take `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let names = |other| Names::new(other, (limit / NAMES_SHARE).max(MIN_NAMES));
        Self {
            traces: Traces::default(),
            order: BTreeMap::new(),
            volumes: BTreeMap::new(),
            chunks: Chunks::default(),
            operations: names("(other operations)"),
            services: names("(other services)"),
            links: Links::default(),
            dictionary: Dictionary::default(),
            columns: Columns::default(),
            hasher: RandomState::default(),
            run: RunPostings::default(),
            new_spans: Vec::new(),
            columns_builder: columns::Builder::default(),
            version: 0,
            trace_bytes: 0,
            spans: 0,
            logs: 0,
            without_spans: 0,
            evicted_traces: 0,
        }
    }

    /// Memory that counts against the limit.
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

    /// The version of the last change.
    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    /// The summary of a trace, computed once per version.
    pub(crate) fn summary(&mut self, id: TraceId) -> Option<Arc<TraceSummary>> {
        let trace = self.traces.get(&id)?;
        if let Some(summary) = &trace.summary {
            return Some(summary.clone());
        }
        let summary = Arc::new(summarize::summarize(id, trace, &self.services, &self.operations));
        self.keep_summary(id, summary.clone());
        Some(summary)
    }

    /// Caches a summary until its trace changes.
    fn keep_summary(&mut self, id: TraceId, summary: Arc<TraceSummary>) {
        let Some(trace) = self.traces.get_mut(&id) else { return };
        self.trace_bytes -= trace.bytes();
        trace.summary = Some(summary);
        self.trace_bytes += trace.bytes();
    }

    /// Whether a volume has a chunk that is indexed.
    pub(crate) fn has_volume(&self, volume: VolumeId) -> bool {
        self.volumes.contains_key(&volume)
    }

    /// Number of traces that have a span.
    pub(crate) fn trace_count(&self) -> u64 {
        self.traces.len() as u64 - self.without_spans
    }

    /// The traces that have a span, the newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = TraceId> {
        self.newest_from(None).map(|newest| newest.id)
    }

    /// The traces that arrived around a trace: alternately the next older and the next newer one, first itself.
    pub(crate) fn around(&self, itself: TraceId) -> impl Iterator<Item = TraceId> {
        let chunk = self.traces.get(&itself).map_or(ChunkId::default(), |trace| trace.first_chunk);
        let current = move |(chunk, slot): (ChunkId, TraceSlot)| {
            let (id, trace) = self.traces.at(slot)?;
            (id != itself && trace.first_chunk == chunk && !trace.spans.is_empty()).then_some(id)
        };
        let mut older = self.order.range(..=chunk).rev().flat_map(slots).filter_map(current);
        let mut newer = self.order.range((Bound::Excluded(chunk), Bound::Unbounded)).flat_map(slots);
        let mut newer = std::iter::from_fn(move || newer.find_map(current));
        let others = std::iter::from_fn(move || {
            let pair = [older.next(), newer.next()];
            pair.iter().any(Option::is_some).then_some(pair)
        });
        std::iter::once(itself).chain(others.flatten().flatten())
    }

    /// [`Self::newest`], from a cursor on.
    pub(crate) fn newest_from(&self, from: Option<Cursor>) -> impl Iterator<Item = Newest<'_>> {
        let newest = from.map_or(ChunkId(u64::MAX), |cursor| cursor.chunk);
        let listed = self.order.range(..=newest).rev().flat_map(move |(chunk, slots)| {
            let left = from.filter(|cursor| cursor.chunk == *chunk).map_or(slots.len(), |cursor| cursor.left);
            let left = slots.iter().take(left).enumerate().rev();
            left.map(|(left, slot)| (*slot, Cursor { chunk: *chunk, left }))
        });
        listed.filter_map(|(slot, cursor)| {
            let (id, trace) = self.traces.at(slot)?;
            let is_current = trace.first_chunk == cursor.chunk && !trace.spans.is_empty();
            is_current.then_some(Newest { slot, id, trace, after: cursor })
        })
    }
}

fn slots<'i>(
    (chunk, slots): (&'i ChunkId, &'i Vec<TraceSlot>),
) -> impl Iterator<Item = (ChunkId, TraceSlot)> + use<'i> {
    slots.iter().map(move |slot| (*chunk, *slot))
}
