//! Retention: traces with errors and slow traces are written again when their chunks are evicted.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use trace_model::{StatusCode, TraceId, otlp::RequestWriter};

use crate::{
    index::{Index, TraceEntry},
    ingest,
    storage::{Chunk, ChunkId, ContentKind, Source},
};

/// Which traces are retained beyond the eviction of their chunks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Retention {
    /// Traces with a failed span.
    pub errors: bool,
    /// Traces that took at least this many nanoseconds.
    pub slower_than: Option<u64>,
}

impl Retention {
    fn retains(&self, trace: &TraceEntry) -> bool {
        let has_error = || trace.spans.iter().any(|span| span.status == StatusCode::Error);
        let duration = || {
            let (start, end) = trace.extent();
            end.since(start)
        };
        self.errors && has_error() || self.slower_than.is_some_and(|least| duration() >= least)
    }
}

/// The records of a chunk, partitioned.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    /// A request with the records of retained traces.
    pub(crate) body: Vec<u8>,
    /// The retained traces.
    pub(crate) retained: Vec<TraceId>,
    /// The traces that lose records with the chunk, and so are evicted.
    pub(crate) evicted: Vec<TraceId>,
}

/// Partitions the indexed records of a chunk into those to retain and those to evict.
pub(crate) fn partition(
    index: &Index,
    id: ChunkId,
    chunk: &Chunk,
    retention: Retention,
) -> Option<(ContentKind, Partition)> {
    let (content, body) = chunk.body(id)?;
    let mut decisions: HashMap<TraceId, bool, RandomState> = HashMap::default();
    let mut partition = Partition::default();
    let mut out = RequestWriter::default();
    let mut decide = |trace_id, range| {
        let is_retained = *decisions.entry(trace_id).or_insert_with(|| {
            // Duplicates are stored in another chunk.
            let Some(trace) = index.traces.get(&trace_id).filter(|trace| trace.is_in_chunk(id)) else {
                return false;
            };
            let is_retained = retention.retains(trace);
            if is_retained { &mut partition.retained } else { &mut partition.evicted }.push(trace_id);
            is_retained
        });
        if let Some((_, origin)) = chunk.origin(range, &body).filter(|_| is_retained) {
            out.add(&origin, range.get(&body));
        }
    };
    match content {
        ContentKind::Spans | ContentKind::RetainedSpans => {
            ingest::spans::read(&body).ok()?.spans.iter().for_each(|span| decide(span.trace_id, span.range));
        }
        ContentKind::Logs | ContentKind::RetainedLogs => {
            ingest::logs::read(&body).ok()?.logs.iter().for_each(|log| decide(log.trace_id, log.range));
        }
    }
    partition.body = out.into_bytes();
    Some((content, partition))
}

/// Updates the index to the new location of retained records.
pub(crate) fn relocate(index: &mut Index, body: &[u8], content: ContentKind, id: ChunkId, source: Source) {
    match content {
        ContentKind::Spans | ContentKind::RetainedSpans => {
            let Ok(batch) = ingest::spans::read(body) else { return };
            index.relocate_spans(&batch, id, source);
        }
        ContentKind::Logs | ContentKind::RetainedLogs => {
            let Ok(batch) = ingest::logs::read(body) else { return };
            index.relocate_logs(&batch, id, source);
        }
    }
}
