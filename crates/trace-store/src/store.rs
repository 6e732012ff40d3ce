//! The store: one index behind one lock, which is held for what must be done under it and no longer.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use trace_model::{Nanos, SpanId, SpanKind, TraceId};

use crate::{
    chunk::{Chunk, ChunkId, Source},
    disk::{Damaged, Disk, OpenError},
    figures::{self, Calls, OperationFigures},
    index::Index,
    ingest::{self, IngestError, Ingested},
    query::Query,
    search::{self, Found, Plan},
    stored::{BodyCache, StoredTrace},
    summary::Summary,
};

/// How much a store may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory, for the index and, without a disk, the chunks.
    pub memory: usize,
}

/// Where a durable store keeps its chunks.
#[derive(Debug, Clone)]
pub struct DiskSettings {
    /// A folder of its own; made if need be.
    pub folder: PathBuf,
    /// Bytes that its files may take.
    pub limit: u64,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub traces: u64,
    pub spans: u64,
    pub memory_bytes: usize,
    pub disk_bytes: u64,
    /// Traces that had to go since the start.
    pub evicted_traces: u64,
    /// Files that could not be read.
    pub damaged_files: u64,
}

/// Traces, bounded. Shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    index: Mutex<Index>,
    disk: Option<Disk>,
}

impl Store {
    /// A store in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Self { limits, index: Mutex::default(), disk: None }
    }

    /// A store on disk. It takes spans at once; what earlier ones left is there after [`Self::replay`].
    ///
    /// # Errors
    /// [`OpenError`] when the folder cannot be used.
    pub fn on_disk(limits: Limits, disk: &DiskSettings) -> Result<Self, OpenError> {
        let disk = Disk::open(&disk.folder, disk.limit)?;
        Ok(Self { limits, index: Mutex::default(), disk: Some(disk) })
    }

    /// Whether [`Self::ingest`] waits for a disk.
    pub const fn is_durable(&self) -> bool {
        self.disk.is_some()
    }

    /// Stores the spans of an `ExportTraceServiceRequest` in protobuf. When this returns they can be read, and, with a
    /// disk, are on it.
    ///
    /// # Errors
    /// [`IngestError`]; nothing was stored then.
    pub fn ingest(&self, mut body: Vec<u8>) -> Result<Ingested, IngestError> {
        if !self.is_durable() && body.capacity() - body.len() > body.len() / 8 {
            body.shrink_to_fit(); // it stays as it is for as long as it is kept
        }
        let body = Arc::new(body);
        let batch = ingest::read(&body)?;
        if batch.spans.is_empty() || self.lock().holds_all(&batch) {
            let duplicates = batch.spans.len() as u64;
            return Ok(Ingested { duplicates, rejected: batch.rejected, ..Ingested::default() });
        }
        let blocks = batch.blocks.as_slice().into();
        let done = if let Some(disk) = &self.disk {
            let (id, volume) = disk.append(body.clone())?;
            self.insert(batch, id, Chunk { source: Source::Disk(volume), blocks })
        } else {
            let chunk = Chunk { source: Source::Memory(body.clone()), blocks };
            let mut index = self.lock();
            let id = index.chunks.next_id();
            let done = index.insert(batch, id, Arc::new(chunk));
            index.shrink_to(self.limits.memory);
            done
        };
        Ok(done)
    }

    /// Reads what earlier stores left in the folder, the oldest first, and reports what cannot be read. May run beside
    /// everything else.
    pub fn replay(&self, mut report: impl FnMut(&Damaged)) {
        let Some(disk) = &self.disk else { return };
        disk.replay(
            |id, volume, body| {
                // What was stored was read before; an entry that is not a request has no spans to show.
                let Ok(batch) = ingest::read(body) else { return };
                let blocks = batch.blocks.as_slice().into();
                self.insert(batch, id, Chunk { source: Source::Disk(volume.clone()), blocks });
            },
            |volume| self.lock().forget_chunks_of(volume.id),
            &mut report,
        );
        self.tidy(disk);
    }

    fn insert(&self, batch: ingest::Batch<'_>, id: ChunkId, chunk: Chunk) -> Ingested {
        let done = {
            let mut index = self.lock();
            let done = index.insert(batch, id, Arc::new(chunk));
            index.shrink_to(self.limits.memory);
            done
        };
        if let Some(disk) = &self.disk {
            while let Some(volume) = disk.surplus() {
                self.lock().forget_volume(volume);
                disk.remove(volume);
            }
        }
        done
    }

    /// Unlinks the volumes that nothing in the index refers to.
    fn tidy(&self, disk: &Disk) {
        let index = self.lock();
        for volume in disk.earlier() {
            if !index.knows_volume(volume) {
                disk.remove(volume);
            }
        }
    }

    pub fn trace(&self, id: TraceId) -> Option<StoredTrace> {
        Some(self.located(id)?.load())
    }

    fn located(&self, id: TraceId) -> Option<StoredTrace> {
        let index = self.lock();
        Some(StoredTrace::locate(id, index.traces.get(&id)?, &index.chunks))
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

    /// The newest traces that match, at most `limit`. All terms of the query must hold of one span.
    pub fn search(&self, query: &Query, limit: usize) -> Found {
        /// Traces whose bytes one search looks at; past it a query is too vague to be worth the wait.
        const MAX_LOOKED_AT: usize = 10_000;
        let (plan, shortlist) = {
            let index = self.lock();
            let plan = Plan::new(query, &index);
            // One more than is wanted tells whether there is more.
            let wanted = if plan.needs_bytes() { MAX_LOOKED_AT } else { limit };
            let shortlist = search::shortlist(&index, &plan, wanted.saturating_add(1));
            (plan, shortlist)
        };
        let mut found = Found::default();
        let mut cache = BodyCache::default();
        for (place, id) in shortlist.into_iter().enumerate() {
            if found.traces.len() == limit || place == MAX_LOOKED_AT {
                found.more = true;
                break;
            }
            if plan.needs_bytes()
                && !self.located(id).is_some_and(|trace| plan.matches(&trace.load_cached(&mut cache)))
            {
                continue;
            }
            found.traces.extend(summary(&mut self.lock(), id));
        }
        found
    }

    /// Rate, errors and durations of every operation with spans that start in the time given.
    pub fn operation_figures(&self, from: Nanos, to: Nanos) -> Vec<OperationFigures> {
        figures::operations(&self.lock(), from, to)
    }

    /// Which service called which, in the traces of the time given.
    pub fn calls(&self, from: Nanos, to: Nanos) -> Vec<Calls> {
        figures::calls(&self.lock(), from, to)
    }

    /// The attributes' keys that were seen, sorted. Not all, when there are very many.
    pub fn attribute_keys(&self) -> Vec<Arc<str>> {
        self.lock().dictionary.keys().cloned().collect()
    }

    /// Values that an attribute was seen with, sorted. Not all, when there are very many.
    pub fn attribute_values(&self, key: &str) -> Vec<Arc<str>> {
        self.lock().dictionary.values(key).cloned().collect()
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
            memory_bytes: index.bytes(),
            disk_bytes: self.disk.as_ref().map_or(0, Disk::bytes),
            evicted_traces: index.evicted_traces,
            damaged_files: self.disk.as_ref().map_or(0, Disk::damaged),
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
