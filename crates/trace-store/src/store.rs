//! The store: one index behind one lock, which is held for what must be done under it and no longer.

mod leave;

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
    carry::Keep,
    chunk::{ChunkId, Content, Source},
    complete::{self, Completion},
    disk::{Damaged, Disk, OpenError, Volume},
    figures::{self, Asked, Figures},
    index::Index,
    ingest::{self, IngestError, Ingested},
    logs, pieces,
    query::Query,
    record::Packer,
    search::{self, Cursor, Found, Search},
    stored::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace},
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
    pub logs: u64,
    /// Log records of no trace, which were not kept, since the start.
    pub untraced_logs: u64,
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
    packer: Packer,
    untraced_logs: AtomicU64,
    keep: Option<Keep>,
    /// Held while a volume is emptied.
    leaving: Mutex<()>,
}

impl Store {
    /// A store in memory.
    pub fn in_memory(limits: Limits) -> Self {
        Self::new(limits, None)
    }

    /// A store on disk. It takes spans at once; what earlier ones left is there after [`Self::replay`].
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
            keep: None,
            leaving: Mutex::default(),
        }
    }

    /// Keeps some traces longer than others: when they would have to go they are written again, in at most a quarter of
    /// the bound.
    #[must_use]
    pub fn keeping(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Whether [`Self::ingest`] waits for a disk.
    pub const fn is_durable(&self) -> bool {
        self.disk.is_some()
    }

    /// Stores the spans of an `ExportTraceServiceRequest` in protobuf. When this returns they can be read, and, with a
    /// disk, are on it.
    ///
    /// # Errors
    /// [`IngestError`]; of a request that cannot be read nothing was stored.
    pub fn ingest(&self, body: impl AsRef<[u8]>) -> Result<Ingested, IngestError> {
        let body = within_bounds(body.as_ref())?;
        pieces::each(body, DecodeError::Traces, |piece| self.ingest_piece(piece))
    }

    fn ingest_piece(&self, body: &[u8]) -> Result<Ingested, IngestError> {
        let batch = ingest::read(body)?;
        if batch.spans.is_empty() || self.lock().holds_all(&batch) {
            let duplicates = batch.spans.len() as u64;
            return Ok(Ingested { duplicates, rejected: batch.rejected, ..Ingested::default() });
        }
        self.keep(Content::Spans, body, |index, id, source| index.insert(batch, id, source))
    }

    /// Stores the records of an `ExportLogsServiceRequest` in protobuf, each with its trace: it goes when that goes.
    ///
    /// # Errors
    /// [`IngestError`]; of a request that cannot be read nothing was stored.
    pub fn ingest_logs(&self, body: impl AsRef<[u8]>) -> Result<Ingested, IngestError> {
        let body = within_bounds(body.as_ref())?;
        pieces::each(body, DecodeError::Logs, |piece| self.ingest_logs_piece(piece))
    }

    fn ingest_logs_piece(&self, body: &[u8]) -> Result<Ingested, IngestError> {
        let mut body = Cow::Borrowed(body);
        let mut batch = logs::read(&body)?;
        let mut done = Ingested {
            rejected: std::mem::take(&mut batch.rejected),
            untraced: batch.untraced,
            ..Ingested::default()
        };
        self.untraced_logs.fetch_add(batch.untraced, Ordering::Relaxed);
        if batch.logs.is_empty() || self.lock().holds_all_logs(&batch) {
            done.duplicates = batch.logs.len() as u64;
            return Ok(done);
        }
        if let Some(smaller) = logs::without_untraced(&body, &batch) {
            body = Cow::Owned(smaller);
            batch = logs::read(&body)?;
        }
        let kept =
            self.keep(Content::Logs, &body, |index, id, source| index.insert_logs(&batch, id, source))?;
        Ok(Ingested { stored: kept.stored, duplicates: kept.duplicates, changed: kept.changed, ..done })
    }

    /// Puts a body where bodies are kept, and then what it holds into the index.
    fn keep(
        &self,
        content: Content,
        body: &[u8],
        insert: impl FnOnce(&mut Index, ChunkId, Source) -> Ingested,
    ) -> Result<Ingested, IngestError> {
        let record = self.packer.pack(content, body);
        let Some(disk) = &self.disk else {
            let mut index = self.lock();
            let id = index.chunks.next_id(content);
            let done = insert(&mut index, id, Source::Memory(record));
            index.shrink_to(self.limits.memory, |index, going| self.carry_in_memory(index, going));
            return Ok(done);
        };
        let (number, volume) = disk.append(record)?;
        Ok(self.insert(disk, |index| insert(index, ChunkId::of(number, content), Source::Disk(volume))))
    }

    /// Reads what earlier stores left in the folder, the oldest first, and reports what cannot be read. May run beside
    /// everything else.
    pub fn replay(&self, mut report: impl FnMut(&Damaged)) {
        let Some(disk) = &self.disk else { return };
        disk.replay(
            |id, volume, content, body| self.replay_chunk(disk, id, volume, content, body),
            |volume| self.lock().forget_chunks_of(volume.id),
            &mut report,
        );
        self.tidy(disk);
    }

    /// What was stored was read before; a chunk that is not a request has nothing to show.
    fn replay_chunk(&self, disk: &Disk, id: ChunkId, volume: &Arc<Volume>, content: Content, body: &[u8]) {
        let (source, id) = (Source::Disk(volume.clone()), ChunkId::of(id, content));
        match content {
            Content::Spans | Content::KeptSpans => {
                let Ok(batch) = ingest::read(body) else { return };
                self.insert(disk, |index| index.insert(batch, id, source));
            }
            Content::Logs | Content::KeptLogs => {
                let Ok(batch) = logs::read(body) else { return };
                self.insert(disk, |index| index.insert_logs(&batch, id, source));
            }
        }
    }

    /// Inserts what lies on the disk, and lets go what is too much now.
    fn insert(&self, disk: &Disk, insert: impl FnOnce(&mut Index) -> Ingested) -> Ingested {
        let done = {
            let mut index = self.lock();
            let done = insert(&mut index);
            index.shrink_to(self.limits.memory, |_, _| ());
            done
        };
        self.drop_surplus(disk);
        done
    }

    /// A trace, once it has a span.
    pub fn trace(&self, id: TraceId) -> Option<StoredTrace> {
        Some(self.locate(id)?.read())
    }

    /// A trace with one of its spans alone. Several may share the id; `occurrence` counts them in the order of their
    /// arrival.
    pub fn locate_span(&self, id: TraceId, span: SpanId, occurrence: usize) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id)?;
        let found = trace.spans.iter().filter(|entry| entry.id == span).nth(occurrence)?;
        Some(LocatedTrace::new(id, trace, std::iter::once(found), &index.chunks))
    }

    /// A trace, once it has a span, without reading it yet.
    pub fn locate(&self, id: TraceId) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id).filter(|trace| !trace.spans.is_empty())?;
        Some(LocatedTrace::new(id, trace, trace.spans.iter(), &index.chunks))
    }

    /// The log records of a trace, the first `limit` by their time. They may be there before its spans.
    pub fn logs(&self, id: TraceId, limit: usize) -> Option<StoredLogs> {
        Some(self.locate_logs(id, limit)?.read())
    }

    /// [`Self::logs`], without reading them yet.
    pub fn locate_logs(&self, id: TraceId, limit: usize) -> Option<LocatedLogs> {
        let index = self.lock();
        Some(LocatedLogs::new(index.traces.get(&id)?, &index.chunks, limit))
    }

    /// Whether there is a trace with spans, without reading it.
    pub fn has_spans(&self, id: TraceId) -> bool {
        self.lock().traces.get(&id).is_some_and(|trace| !trace.spans.is_empty())
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

    /// The newest traces that match, at most `limit`. All terms of the query must hold of one span and its trace. It
    /// reads so many bytes and no more; what it did not come to begins at [`Found::older`].
    pub fn search(&self, query: &Query, limit: usize) -> Found {
        self.search_from(query, limit, None)
    }

    /// [`Self::search`] that goes on where another stopped.
    pub fn search_from(&self, query: &Query, limit: usize, from: Option<Cursor>) -> Found {
        let mut search = Search::new(query, limit, from);
        while search.go_on(|| self.lock()) {}
        search.finish(&self.lock())
    }

    /// Which of some traces match.
    pub fn matching(&self, query: &Query, ids: impl Iterator<Item = TraceId>) -> Vec<TraceId> {
        search::matching(query, ids, || self.lock())
    }

    /// What may stand at a place, in bytes, of a query that somebody is typing.
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        complete::complete(&self.lock(), text, at)
    }

    /// Rate, errors and durations of every service and operation; who calls whom.
    pub fn figures(&self, asked: Asked) -> Figures {
        figures::figures(asked, || self.lock())
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
        let Some(service) = index.services.find(service, None) else { return Vec::new() };
        let spans =
            index.traces.values().flat_map(|trace| &trace.spans).filter(|span| span.service == service);
        let found: HashSet<_> = spans.map(|span| (span.name, span.kind)).collect();
        let mut operations: Vec<_> =
            found.into_iter().map(|(name, kind)| (index.operations.text(name), kind)).collect();
        operations.sort_unstable_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
        operations.dedup(); // the names of calls of several peers
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
            damaged_files: self.disk.as_ref().map_or(0, Disk::damaged),
        }
    }

    /// A thread that panicked under the lock left whole entries behind: each step adds or removes one.
    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn within_bounds(body: &[u8]) -> Result<&[u8], IngestError> {
    if body.len() > ingest::MAX_BODY { Err(IngestError::TooLarge(body.len())) } else { Ok(body) }
}

/// The summary of a trace, computed once a version.
pub(crate) fn summary(index: &mut Index, id: TraceId) -> Option<Arc<Summary>> {
    let trace = index.traces.get(&id)?;
    if let Some(summary) = &trace.summary {
        return Some(summary.clone());
    }
    let summary = Arc::new(Summary::new(id, trace, index));
    index.keep_summary(id, summary.clone());
    Some(summary)
}
