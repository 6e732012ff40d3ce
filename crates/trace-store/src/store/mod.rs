//! The store: an index behind a lock, and the disk. The lock is held only while the index is read or changed.

mod eviction;

use std::{
    borrow::Cow,
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use trace_model::{SpanId, SpanKind, TraceId, otlp::DecodeError};

use crate::{
    complete::{self, Completion},
    index::{Cursor, Index, TraceSummary},
    ingest::{self, IngestError, IngestOutcome},
    metrics::{self, Metrics, MetricsQuery},
    query::Query,
    read::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace},
    retention::Retention,
    search::{self, Search, SearchPage},
    storage::{ChunkId, ContentKind, DamagedVolume, Disk, MAX_BODY, OpenError, Packer, Source, Volume},
};

/// Limits of a store.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory, for the index and, without a disk, the chunks.
    pub memory: usize,
}

/// Where a durable store writes its chunks.
#[derive(Debug, Clone)]
pub struct DiskSettings {
    /// A folder of its own. It is created if it does not exist.
    pub folder: PathBuf,
    /// Bytes that the files may take.
    pub limit: u64,
}

/// Statistics of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    pub traces: u64,
    pub spans: u64,
    pub logs: u64,
    /// Log records without a trace, which were not stored, since the start.
    pub untraced_logs: u64,
    pub memory_bytes: usize,
    pub disk_bytes: u64,
    /// Traces that were evicted since the start.
    pub evicted_traces: u64,
    /// Damaged files since the start.
    pub damaged_files: u64,
}

/// A bounded store of traces, shared between threads by reference.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    index: Mutex<Index>,
    disk: Option<Disk>,
    packer: Packer,
    untraced_logs: AtomicU64,
    retention: Option<Retention>,
    /// Held while a volume is evicted.
    evicting: Mutex<()>,
}

impl Store {
    /// Creates a store in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Self::new(limits, None)
    }

    /// Opens a store on disk. It accepts spans at once. Spans of earlier processes are available after [`Self::replay`].
    ///
    /// # Errors
    /// [`OpenError`] when the folder cannot be used.
    pub fn on_disk(limits: Limits, disk: &DiskSettings) -> Result<Self, OpenError> {
        Ok(Self::new(limits, Some(Disk::open(&disk.folder, disk.limit)?)))
    }

    fn new(limits: Limits, disk: Option<Disk>) -> Self {
        Self {
            limits,
            index: Mutex::default(),
            disk,
            packer: Packer::default(),
            untraced_logs: AtomicU64::new(0),
            retention: None,
            evicting: Mutex::default(),
        }
    }

    /// Retains some traces longer than others: on eviction they are written again, in at most a quarter of the limit.
    #[must_use]
    pub const fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = Some(retention);
        self
    }

    /// Whether [`Self::ingest`] waits for the disk.
    pub const fn is_durable(&self) -> bool {
        self.disk.is_some()
    }

    /// Stores the spans of an `ExportTraceServiceRequest` in protobuf. When this returns they can be queried and, with a
    /// disk, are durable.
    ///
    /// # Errors
    /// [`IngestError`]. Of a request that cannot be decoded, nothing is stored.
    pub fn ingest(&self, body: impl AsRef<[u8]>) -> Result<IngestOutcome, IngestError> {
        let body = check_size(body.as_ref())?;
        ingest::for_each_part(body, DecodeError::Traces, |part| self.ingest_part(part))
    }

    fn ingest_part(&self, body: &[u8]) -> Result<IngestOutcome, IngestError> {
        let batch = ingest::spans::read(body)?;
        if batch.spans.is_empty() || self.lock().contains_all(&batch) {
            let duplicates = batch.spans.len() as u64;
            return Ok(IngestOutcome { duplicates, rejected: batch.rejected, ..IngestOutcome::default() });
        }
        self.store_body(ContentKind::Spans, body, |index, id, source| index.insert(batch, id, source))
    }

    /// Stores the records of an `ExportLogsServiceRequest` in protobuf. Each is evicted with its trace.
    ///
    /// # Errors
    /// [`IngestError`]. Of a request that cannot be decoded, nothing is stored.
    pub fn ingest_logs(&self, body: impl AsRef<[u8]>) -> Result<IngestOutcome, IngestError> {
        let body = check_size(body.as_ref())?;
        ingest::for_each_part(body, DecodeError::Logs, |part| self.ingest_logs_part(part))
    }

    fn ingest_logs_part(&self, body: &[u8]) -> Result<IngestOutcome, IngestError> {
        let mut body = Cow::Borrowed(body);
        let mut batch = ingest::logs::read(&body)?;
        let mut outcome = IngestOutcome {
            rejected: std::mem::take(&mut batch.rejected),
            untraced: batch.untraced,
            ..IngestOutcome::default()
        };
        self.untraced_logs.fetch_add(batch.untraced, Ordering::Relaxed);
        if batch.logs.is_empty() || self.lock().contains_all_logs(&batch) {
            outcome.duplicates = batch.logs.len() as u64;
            return Ok(outcome);
        }
        if let Some(smaller) = ingest::logs::without_untraced(&body, &batch) {
            body = Cow::Owned(smaller);
            batch = ingest::logs::read(&body)?;
        }
        let stored = self.store_body(ContentKind::Logs, &body, |index, id, source| {
            index.insert_logs(&batch, id, source)
        })?;
        Ok(IngestOutcome {
            stored: stored.stored,
            duplicates: stored.duplicates,
            changed: stored.changed,
            ..outcome
        })
    }

    /// Stores a body, and then adds its records to the index.
    fn store_body(
        &self,
        content: ContentKind,
        body: &[u8],
        insert: impl FnOnce(&mut Index, ChunkId, Source) -> IngestOutcome,
    ) -> Result<IngestOutcome, IngestError> {
        let record = self.packer.pack(content, body);
        let Some(disk) = &self.disk else {
            let mut index = self.lock();
            let id = index.chunks.next_id(content);
            let outcome = insert(&mut index, id, Source::Memory(record));
            index.shrink_to(self.limits.memory, |index, id| self.retain_in_memory(index, id));
            return Ok(outcome);
        };
        let (number, volume) = disk.append(record)?;
        Ok(self.insert(disk, |index| insert(index, ChunkId::of(number, content), Source::Disk(volume))))
    }

    /// Indexes the chunks of earlier processes, the oldest first, and reports damaged files. It may run concurrently with
    /// everything else.
    pub fn replay(&self, mut report: impl FnMut(&DamagedVolume)) {
        let Some(disk) = &self.disk else { return };
        disk.replay(
            |id, volume, content, body| self.replay_chunk(disk, id, volume, content, body),
            |volume| self.lock().remove_volume(volume.id),
            &mut report,
        );
        self.remove_unused_volumes(disk);
    }

    /// A chunk was decoded once before it was stored. If it cannot be decoded now, it is skipped.
    fn replay_chunk(
        &self,
        disk: &Disk,
        id: ChunkId,
        volume: &Arc<Volume>,
        content: ContentKind,
        body: &[u8],
    ) {
        let (source, id) = (Source::Disk(volume.clone()), ChunkId::of(id, content));
        match content {
            ContentKind::Spans | ContentKind::RetainedSpans => {
                let Ok(batch) = ingest::spans::read(body) else { return };
                self.insert(disk, |index| index.insert(batch, id, source));
            }
            ContentKind::Logs | ContentKind::RetainedLogs => {
                let Ok(batch) = ingest::logs::read(body) else { return };
                self.insert(disk, |index| index.insert_logs(&batch, id, source));
            }
        }
    }

    /// Inserts a chunk that is on disk, and evicts what exceeds the limits.
    fn insert(&self, disk: &Disk, insert: impl FnOnce(&mut Index) -> IngestOutcome) -> IngestOutcome {
        let outcome = {
            let mut index = self.lock();
            let outcome = insert(&mut index);
            index.shrink_to(self.limits.memory, |_, _| ());
            outcome
        };
        self.evict_surplus(disk);
        outcome
    }

    /// Reads a trace. `None` before its first span.
    pub fn trace(&self, id: TraceId) -> Option<StoredTrace> {
        Some(self.locate(id)?.read())
    }

    /// Locates one span of a trace. Several spans may have the id; `occurrence` counts them in the order of arrival.
    pub fn locate_span(&self, id: TraceId, span: SpanId, occurrence: usize) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id)?;
        let found = trace.spans.iter().filter(|entry| entry.id == span).nth(occurrence)?;
        Some(LocatedTrace::new(id, trace, std::iter::once(found), &index.chunks))
    }

    /// Locates a trace without reading it. `None` before its first span.
    pub fn locate(&self, id: TraceId) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id).filter(|trace| !trace.spans.is_empty())?;
        Some(LocatedTrace::new(id, trace, trace.spans.iter(), &index.chunks))
    }

    /// Reads the first `limit` log records of a trace by time. They may arrive before its spans.
    pub fn logs(&self, id: TraceId, limit: usize) -> Option<StoredLogs> {
        Some(self.locate_logs(id, limit)?.read())
    }

    /// [`Self::logs`] without reading them.
    pub fn locate_logs(&self, id: TraceId, limit: usize) -> Option<LocatedLogs> {
        let index = self.lock();
        Some(LocatedLogs::new(index.traces.get(&id)?, &index.chunks, limit))
    }

    /// Whether a trace has spans, without reading it.
    pub fn has_spans(&self, id: TraceId) -> bool {
        self.lock().traces.get(&id).is_some_and(|trace| !trace.spans.is_empty())
    }

    /// The version of a trace, without reading it.
    pub fn version(&self, id: TraceId) -> Option<u64> {
        self.lock().traces.get(&id).map(|trace| trace.version)
    }

    /// Summaries of the newest traces by arrival, at most `limit`.
    pub fn latest(&self, limit: usize) -> Vec<Arc<TraceSummary>> {
        let mut index = self.lock();
        let ids: Vec<_> = index.newest().take(limit).collect();
        ids.into_iter().filter_map(|id| index.summary(id)).collect()
    }

    /// Finds the newest traces that match, at most `limit`. One span and its trace must match all terms. The search has a
    /// read limit; it continues at [`SearchPage::next`].
    pub fn search(&self, query: &Query, limit: usize) -> SearchPage {
        self.search_from(query, limit, None)
    }

    /// [`Self::search`], continuing where an earlier search stopped.
    pub fn search_from(&self, query: &Query, limit: usize, from: Option<Cursor>) -> SearchPage {
        let mut search = Search::new(query, limit, from);
        while search.advance(|| self.lock()) {}
        search.finish(&self.lock())
    }

    /// Those of the given traces that match.
    pub fn matching(&self, query: &Query, ids: impl Iterator<Item = TraceId>) -> Vec<TraceId> {
        search::matching(query, ids, || self.lock())
    }

    /// Completions at a byte offset of an unfinished query.
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        complete::complete(&self.lock(), text, at)
    }

    /// Rate, errors and durations of all services and operations, and the service map.
    pub fn metrics(&self, query: MetricsQuery) -> Metrics {
        metrics::compute(query, || self.lock())
    }

    /// Keys of attributes, sorted. Incomplete when there are very many.
    pub fn attribute_keys(&self) -> Vec<Arc<str>> {
        self.lock().dictionary.keys().cloned().collect()
    }

    /// Values of an attribute, sorted. Incomplete when there are very many.
    pub fn attribute_values(&self, key: &str) -> Vec<Arc<str>> {
        self.lock().dictionary.values(key).cloned().collect()
    }

    /// Names of the services that have spans, sorted.
    pub fn services(&self) -> Vec<Arc<str>> {
        self.lock().services.sorted()
    }

    /// Operations of a service: the names and kinds of its spans, sorted by name, each once.
    pub fn operations(&self, service: &str) -> Vec<(Arc<str>, SpanKind)> {
        let index = self.lock();
        let Some(service) = index.services.find(service, None) else { return Vec::new() };
        let spans =
            index.traces.values().flat_map(|trace| &trace.spans).filter(|span| span.service == service);
        let found: HashSet<_> = spans.map(|span| (span.name, span.kind)).collect();
        let mut operations: Vec<_> =
            found.into_iter().map(|(name, kind)| (index.operations.text(name), kind)).collect();
        operations.sort_unstable_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
        operations.dedup(); // operations of the same name call different peers
        operations
    }

    /// The spans that link to a span.
    pub fn linked_from(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        self.lock().links.to(trace, span)
    }

    pub fn stats(&self) -> Stats {
        let index = self.lock();
        Stats {
            traces: index.trace_count(),
            spans: index.spans,
            logs: index.logs,
            untraced_logs: self.untraced_logs.load(Ordering::Relaxed),
            memory_bytes: index.bytes(),
            disk_bytes: self.disk.as_ref().map_or(0, Disk::bytes),
            evicted_traces: index.evicted_traces,
            damaged_files: self.disk.as_ref().map_or(0, Disk::damaged_count),
        }
    }

    /// A panic under the lock leaves the index consistent: each step adds or removes one entry.
    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn check_size(body: &[u8]) -> Result<&[u8], IngestError> {
    if body.len() > MAX_BODY { Err(IngestError::TooLarge(body.len())) } else { Ok(body) }
}
