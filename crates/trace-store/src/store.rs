//! The store: one index behind one lock, which is held for what must be done under it and no longer.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use trace_model::{SpanId, SpanKind, TraceId};

use crate::{
    chunk::Chunk,
    index::Index,
    ingest::{self, IngestError, Ingested},
    stored::StoredTrace,
    summary::Summary,
};

/// How much a store may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory for chunks and index together.
    pub memory: usize,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub traces: u64,
    pub spans: u64,
    pub bytes: usize,
    /// Traces that had to go since the start.
    pub evicted_traces: u64,
}

/// Traces, bounded. Shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    index: Mutex<Index>,
}

impl Store {
    /// A store in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Self { limits, index: Mutex::default() }
    }

    /// Stores the spans of an `ExportTraceServiceRequest` in protobuf. When this returns they can be read.
    ///
    /// # Errors
    /// [`IngestError`]; nothing was stored then.
    pub fn ingest(&self, body: &[u8]) -> Result<Ingested, IngestError> {
        let batch = ingest::read(body)?;
        if batch.spans.is_empty() || self.lock().holds_all(&batch) {
            let duplicates = batch.spans.len() as u64;
            return Ok(Ingested { duplicates, rejected: batch.rejected, ..Ingested::default() });
        }
        let chunk = Arc::new(Chunk { body: body.into(), blocks: batch.blocks.as_slice().into() });
        let mut index = self.lock();
        let done = index.insert(batch, chunk);
        index.shrink_to(self.limits.memory);
        Ok(done)
    }

    pub fn trace(&self, id: TraceId) -> Option<StoredTrace> {
        let index = self.lock();
        index.traces.get(&id).map(|trace| StoredTrace::new(id, trace, &index.chunks))
    }

    /// The version of a trace without reading it.
    pub fn version(&self, id: TraceId) -> Option<u64> {
        self.lock().traces.get(&id).map(|trace| trace.version)
    }

    /// The newest traces by arrival, at most `limit`.
    pub fn latest(&self, limit: usize) -> Vec<Arc<Summary>> {
        let mut index = self.lock();
        let ids: Vec<_> = index.newest().take(limit).collect();
        ids.into_iter().filter_map(|id| summary(&mut index, id)).collect()
    }

    /// The names of the services that have spans here, sorted.
    pub fn services(&self) -> Vec<Arc<str>> {
        self.lock().services.sorted()
    }

    /// What a service does: the names and kinds of its spans, sorted by name, each once.
    pub fn operations(&self, service: &str) -> Vec<(Arc<str>, SpanKind)> {
        let index = self.lock();
        let Some(service) = index.services.find(service) else { return Vec::new() };
        let spans =
            index.traces.values().flat_map(|trace| &trace.spans).filter(|span| span.service == service);
        let found: HashSet<_> = spans.map(|span| (span.name, span.kind)).collect();
        let mut operations: Vec<_> =
            found.into_iter().map(|(name, kind)| (index.operations.text(name), kind)).collect();
        operations.sort_unstable_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
        operations
    }

    /// The spans that link to a span.
    pub fn linked_from(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        self.lock().links.to(trace, span)
    }

    pub fn stats(&self) -> Stats {
        let index = self.lock();
        Stats {
            traces: index.traces.len() as u64,
            spans: index.spans,
            bytes: index.bytes(),
            evicted_traces: index.evicted_traces,
        }
    }

    /// A thread that panicked under the lock left whole entries behind: each step adds or removes one.
    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The summary of a trace, computed once a version.
fn summary(index: &mut Index, id: TraceId) -> Option<Arc<Summary>> {
    let trace = index.traces.get(&id)?;
    if let Some(summary) = &trace.summary {
        return Some(summary.clone());
    }
    let summary = Arc::new(Summary::new(id, trace, index));
    if let Some(trace) = index.traces.get_mut(&id) {
        trace.summary = Some(summary.clone());
    }
    Some(summary)
}
