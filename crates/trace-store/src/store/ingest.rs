//! Ingest into a store, and replay of what earlier processes stored.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use trace_model::otlp::DecodeError;

use super::Store;
use crate::{
    index::Index,
    ingest::{self, IngestError, IngestOutcome, SpanBatch},
    storage::{ChunkId, ContentKind, DamagedVolume, Disk, MAX_BODY, Source, Volume},
};

impl Store {
    /// Stores the spans of an `ExportTraceServiceRequest` in protobuf. When this returns they can be queried and,
    /// with a disk, are durable.
    ///
    /// # Errors
    /// [`IngestError`]. Of a request that cannot be decoded, nothing is stored.
    pub fn ingest(&self, body: impl AsRef<[u8]>) -> Result<IngestOutcome, IngestError> {
        let body = check_size(body.as_ref())?;
        ingest::for_each_part(body, DecodeError::Traces, |part| self.ingest_part(part))
    }

    fn ingest_part(&self, body: &[u8]) -> Result<IngestOutcome, IngestError> {
        let batch = SpanBatch { arrived: SystemTime::now().into(), ..ingest::spans::read(body)? };
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

    /// Indexes the chunks of earlier processes, the oldest first, and reports damaged files. It may run concurrently
    /// with everything else.
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
}

const fn check_size(body: &[u8]) -> Result<&[u8], IngestError> {
    if body.len() > MAX_BODY { Err(IngestError::TooLarge(body.len())) } else { Ok(body) }
}
