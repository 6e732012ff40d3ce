//! Who goes when it is full, and what moves because it is kept longer.

use std::collections::HashSet;

use trace_model::TraceId;

use super::Index;
use crate::{
    carry,
    chunk::{ChunkId, Source},
    columns::Columns,
    disk::VolumeId,
    ingest::Batch,
    logs::LogBatch,
    tokens::Dictionary,
};

/// The dictionary may take this part of what the index may take.
const DICTIONARY_SHARE: usize = 8;
/// The columns may take this part, when the bound is reached: then those of the oldest chunks go before any trace does.
const COLUMNS_SHARE: usize = 4;

impl Index {
    /// Lets the oldest chunks go, with their traces, until `limit` holds. `going` is told of each before.
    pub(crate) fn shrink_to(&mut self, limit: usize, mut going: impl FnMut(&mut Self, ChunkId)) {
        if self.bytes() <= limit {
            return;
        }
        if self.dictionary.bytes() > limit / DICTIONARY_SHARE {
            self.dictionary.forget();
            // Nothing is asked of them any more.
            self.columns = Columns::default();
        }
        self.columns.shrink_to(limit / COLUMNS_SHARE);
        while self.bytes() > limit
            && let Some(next) = self.chunks.outgoing(limit / carry::SHARE)
        {
            going(self, next);
            self.remove_chunk(next);
        }
        if self.chunks.outgoing(0).is_none() {
            self.dictionary = Dictionary::default();
            self.columns = Columns::default();
        }
    }

    /// Says of spans that are here where they lie now.
    pub(crate) fn move_spans(&mut self, batch: &Batch<'_>, id: ChunkId, source: Source) {
        for span in &batch.spans {
            let Some((slot, trace)) = self.traces.find_mut(&span.trace_id) else { continue };
            if let Some((place, entry)) = trace.span_mut(span, &self.hasher) {
                (entry.chunk, entry.place) = (id, span.place);
                let record = self.building.count(slot, place);
                self.learn(span, record, batch);
            }
        }
        self.keep_chunk(id, source, &batch.blocks, batch.spans.len());
        self.keep_columns(id);
        self.reorder(batch.spans.iter().map(|span| span.trace_id));
    }

    /// [`Self::move_spans`], of log records.
    pub(crate) fn move_logs(&mut self, batch: &LogBatch, id: ChunkId, source: Source) {
        for log in &batch.logs {
            let Some(trace) = self.traces.get_mut(&log.trace_id) else { continue };
            if let Some(entry) = trace.log_mut(log) {
                (entry.chunk, entry.place) = (id, log.place);
            }
        }
        self.keep_chunk(id, source, &batch.blocks, batch.logs.len());
        self.reorder(batch.logs.iter().map(|log| log.trace_id));
    }

    /// Puts traces of which records moved where their oldest chunk says.
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

    /// Forgets the chunks of one volume, wherever they stand in the order.
    pub(crate) fn forget_chunks_of(&mut self, volume: VolumeId) {
        for id in self.chunks.of_volume(volume) {
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

    pub(crate) fn remove(&mut self, id: TraceId) {
        let Some(trace) = self.traces.remove(&id) else { return };
        self.trace_bytes -= trace.bytes();
        self.spans -= trace.spans.len() as u64;
        self.logs -= trace.logs.len() as u64;
        if trace.spans.is_empty() {
            self.waiting -= 1;
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
