//! Eviction of chunks with their traces, and relocation of what is retained.

use std::collections::HashSet;

use trace_model::TraceId;

use super::Index;
use crate::{
    attributes::{Dictionary, columns::Columns},
    ingest::{LogBatch, SpanBatch},
    storage::{Chunk, ChunkId, RETAINED_SHARE, Source, VolumeId},
};

/// The dictionary may take one part in this many of the index's limit.
const DICTIONARY_SHARE: usize = 8;
/// The columns may take one part in this many once the limit is reached. Columns of the oldest chunks are dropped
/// before any trace is evicted.
const COLUMNS_SHARE: usize = 4;

impl Index {
    /// Evicts the oldest chunks with their traces until the index is within `limit`. Calls `before_eviction` for each.
    pub(crate) fn shrink_to(&mut self, limit: usize, mut before_eviction: impl FnMut(&mut Self, ChunkId)) {
        if self.bytes() <= limit {
            return;
        }
        if self.dictionary.bytes() > limit / DICTIONARY_SHARE {
            self.dictionary.reset();
            // No query uses the columns after that.
            self.columns = Columns::default();
        }
        self.columns.shrink_to(limit / COLUMNS_SHARE);
        while self.bytes() > limit
            && let Some(next) = self.chunks.next_evicted(limit / RETAINED_SHARE)
        {
            before_eviction(self, next);
            self.remove_chunk(next);
        }
        if self.chunks.next_evicted(0).is_none() {
            self.dictionary = Dictionary::default();
            self.columns = Columns::default();
        }
    }

    /// Updates the location of spans that were written again.
    pub(crate) fn relocate_spans(&mut self, batch: &SpanBatch<'_>, id: ChunkId, source: Source) {
        for span in &batch.spans {
            let Some((slot, trace)) = self.traces.find_mut(&span.trace_id) else { continue };
            if let Some((position, entry)) = trace.span_mut(span, &self.hasher) {
                (entry.chunk, entry.range) = (id, span.range);
                let row = self.columns_builder.add_row(slot, position);
                self.add_attributes(span, row, batch);
            }
        }
        self.insert_chunk(id, Chunk::of_unknown_arrival(source, &batch.blocks, batch.spans.len()));
        self.insert_columns(id);
        self.reorder(batch.spans.iter().map(|span| span.trace_id));
    }

    /// [`Self::relocate_spans`], for log records.
    pub(crate) fn relocate_logs(&mut self, batch: &LogBatch, id: ChunkId, source: Source) {
        for log in &batch.logs {
            let Some(trace) = self.traces.get_mut(&log.trace_id) else { continue };
            if let Some(entry) = trace.log_mut(log) {
                (entry.chunk, entry.range) = (id, log.range);
            }
        }
        self.insert_chunk(id, Chunk::of_unknown_arrival(source, &batch.blocks, batch.logs.len()));
        self.reorder(batch.logs.iter().map(|log| log.trace_id));
    }

    /// Moves traces with relocated records to the position of their oldest chunk.
    fn reorder(&mut self, ids: impl Iterator<Item = TraceId>) {
        for id in ids.collect::<HashSet<_>>() {
            let Some((slot, trace)) = self.traces.find_mut(&id) else { continue };
            let oldest = trace.oldest_chunk();
            if oldest != trace.first_chunk {
                trace.first_chunk = oldest;
                self.order.entry(oldest).or_default().push(slot);
            }
        }
    }

    /// Removes the chunks of a volume with their traces, wherever they are in the order.
    pub(crate) fn remove_volume(&mut self, volume: VolumeId) {
        for id in self.chunks.in_volume(volume) {
            self.remove_chunk(id);
        }
    }

    fn remove_chunk(&mut self, id: ChunkId) {
        let Some(chunk) = self.chunks.remove(id) else { return };
        self.columns.remove(id);
        if let Source::Disk(volume) = &chunk.source
            && let Some(known) = self.volumes.get_mut(&volume.id)
        {
            *known -= 1;
            if *known == 0 {
                self.volumes.remove(&volume.id);
            }
        }
        for slot in self.order.remove(&id).unwrap_or_default() {
            if let Some((trace, entry)) = self.traces.at(slot)
                && entry.first_chunk == id
            {
                self.remove(trace);
            }
        }
    }

    /// Removes a trace.
    pub(crate) fn remove(&mut self, id: TraceId) {
        let Some(trace) = self.traces.remove(&id) else { return };
        self.trace_bytes -= trace.bytes();
        self.spans -= trace.spans.len() as u64;
        self.logs -= trace.logs.len() as u64;
        if trace.spans.is_empty() {
            self.without_spans -= 1;
        } else {
            self.evicted_traces += 1;
        }
        for span in &trace.spans {
            self.operations.release(span.name);
            self.services.release(span.service);
        }
        for target in trace.links_to {
            self.links.remove(id, target);
        }
    }
}
