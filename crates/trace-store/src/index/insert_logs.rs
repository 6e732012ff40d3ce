//! Insertion of log records into their traces.

use trace_model::TraceId;

use super::{Index, entry::LogEntry};
use crate::{
    ingest::{IngestOutcome, LogBatch, PendingLog},
    storage::{Chunk, ChunkId, Source},
};

impl Index {
    /// Whether every record of the batch is stored already.
    pub(crate) fn contains_all_logs(&self, batch: &LogBatch) -> bool {
        batch
            .logs
            .iter()
            .all(|log| self.traces.get(&log.trace_id).is_some_and(|trace| trace.contains_log(log)))
    }

    /// [`Self::insert`], for log records.
    pub(crate) fn insert_logs(&mut self, batch: &LogBatch, id: ChunkId, source: Source) -> IngestOutcome {
        self.version += 1;
        let mut outcome = IngestOutcome::default();
        for log in &batch.logs {
            if self.insert_log(log, id, &mut outcome.changed) {
                outcome.stored += 1;
            } else {
                outcome.duplicates += 1;
            }
        }
        self.logs += outcome.stored;
        if outcome.stored > 0 {
            self.insert_chunk(id, Chunk::of_unknown_arrival(source, &batch.blocks, batch.logs.len()));
        }
        outcome
    }

    /// Adds a log record. Returns false when it is stored already.
    fn insert_log(&mut self, log: &PendingLog, chunk: ChunkId, changed: &mut Vec<(TraceId, u64)>) -> bool {
        let (slot, trace) = self.traces.get_or_add(log.trace_id);
        let bytes_before = if trace.is_empty() { 0 } else { trace.bytes() };
        if bytes_before > 0 && trace.contains_log(log) {
            return false;
        }
        if bytes_before == 0 {
            self.without_spans += 1;
            trace.created_at = self.version;
        }
        if bytes_before == 0 || chunk < trace.first_chunk {
            trace.first_chunk = chunk;
            self.order.entry(chunk).or_default().push(slot);
        }
        trace.push_log(LogEntry { time: log.time, chunk, range: log.range, fingerprint: log.fingerprint });
        // The summary has nothing of logs except the version.
        trace.summary = None;
        if trace.version != self.version {
            trace.version = self.version;
            changed.push((log.trace_id, self.version));
        }
        self.trace_bytes = self.trace_bytes + trace.bytes() - bytes_before;
        true
    }
}
