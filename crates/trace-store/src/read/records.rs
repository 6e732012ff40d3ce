//! Records by location: first the ranges in chunks, collected under the lock; then their bytes, read without it.
//!
//! Only the requested records are copied out of their chunks: a trace may have one span in each of ten thousand chunks.

use std::{collections::HashMap, ops::Range, sync::Arc};

use trace_model::{Nanos, Origin, Resource, Scope};

use crate::storage::{ByteRange, Chunk, ChunkId, Chunks};

/// Locations of records, by chunk.
#[derive(Debug, Default)]
pub(crate) struct LocatedRecords {
    chunks: Vec<LocatedInChunk>,
    by_id: HashMap<ChunkId, usize>,
    count: usize,
}

/// Locations of records in one chunk.
#[derive(Debug)]
struct LocatedInChunk {
    id: ChunkId,
    chunk: Arc<Chunk>,
    /// Each with its number among all located records.
    ranges: Vec<(usize, ByteRange)>,
}

/// The body that was read last. Spans of similar times are often in one chunk.
#[derive(Debug, Default)]
pub(crate) struct BodyCache {
    last: Option<(ChunkId, Vec<u8>)>,
    decompressed: usize,
}

/// Records with their bytes, in the order in which they were located.
#[derive(Debug, Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    origins: Vec<OriginRanges>,
    /// `None` for records that could not be read.
    list: Vec<Option<RecordRange>>,
}

#[derive(Debug, Clone)]
struct OriginRanges {
    resource: Range<usize>,
    resource_schema: Range<usize>,
    scope: Range<usize>,
    scope_schema: Range<usize>,
    arrived: Nanos,
}

#[derive(Debug, Clone)]
struct RecordRange {
    origin: usize,
    record: Range<usize>,
}

impl LocatedRecords {
    /// Adds a record. It will be missing when its chunk was evicted.
    pub(crate) fn add(&mut self, id: ChunkId, range: ByteRange, chunks: &Chunks) {
        let number = self.count;
        self.count += 1;
        if let Some(located) = self.by_id.get(&id).and_then(|at| self.chunks.get_mut(*at)) {
            located.ranges.push((number, range));
        } else if let Some(chunk) = chunks.get(id) {
            self.by_id.insert(id, self.chunks.len());
            self.chunks.push(LocatedInChunk { id, chunk: chunk.clone(), ranges: vec![(number, range)] });
        }
    }

    /// Memory that the records take once they are read.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes_of_records() + self.count * size_of::<Option<RecordRange>>()
    }

    fn bytes_of_records(&self) -> usize {
        self.chunks.iter().map(LocatedInChunk::bytes).sum()
    }

    /// Whether a record satisfies the predicate. Has at most one chunk in memory. `cache` can be passed on to further
    /// calls.
    pub(crate) fn any(
        &self,
        cache: &mut BodyCache,
        mut predicate: impl FnMut(&Origin<'_>, &[u8]) -> bool,
    ) -> bool {
        self.chunks.iter().any(|located| {
            let Some(body) = cache.get(located.id, &located.chunk) else { return false };
            located.ranges.iter().any(|(_, range)| {
                let origin = located.chunk.origin(*range, body);
                origin.is_some_and(|(_, origin)| predicate(&origin, range.get(body)))
            })
        })
    }

    /// Reads the records. `cache` can be passed on to further calls.
    pub(crate) fn load(self, cache: &mut BodyCache) -> Records {
        let bytes = Vec::with_capacity(self.bytes_of_records());
        let mut records = Records { bytes, list: vec![None; self.count], ..Records::default() };
        for located in self.chunks {
            if let Some(body) = cache.get(located.id, &located.chunk) {
                records.copy_from(&located, body);
            }
        }
        records
    }
}

impl LocatedInChunk {
    /// Bytes of the records and of their origins. Consecutive records of one origin share it.
    fn bytes(&self) -> usize {
        let mut current = None;
        let bytes_of_record = |(_, range): &(usize, ByteRange)| {
            let block = self.chunk.block(*range);
            let is_new = current != block.map(|(number, _)| number);
            current = block.map(|(number, _)| number);
            let origin = block.filter(|_| is_new).map_or(0, |(_, block)| block.bytes());
            origin + range.len as usize
        };
        self.ranges.iter().map(bytes_of_record).sum()
    }
}

impl BodyCache {
    fn get(&mut self, id: ChunkId, chunk: &Chunk) -> Option<&[u8]> {
        if self.last.as_ref().is_none_or(|(cached, _)| *cached != id) {
            let (_, body) = chunk.body(id)?;
            self.decompressed += body.len();
            self.last = Some((id, body));
        }
        self.last.as_ref().map(|(_, body)| body.as_slice())
    }

    /// Bytes that were decompressed since the last call.
    pub(crate) fn take_decompressed(&mut self) -> usize {
        std::mem::take(&mut self.decompressed)
    }
}

impl Records {
    fn copy_from(&mut self, located: &LocatedInChunk, body: &[u8]) {
        let mut current = None;
        for (number, range) in &located.ranges {
            let Some((block, origin)) = located.chunk.origin(*range, body) else { continue };
            if current != Some(block) {
                current = Some(block);
                let origin = OriginRanges {
                    resource: self.push(origin.resource.raw),
                    resource_schema: self.push(origin.resource_schema),
                    scope: self.push(origin.scope.raw),
                    scope_schema: self.push(origin.scope_schema),
                    arrived: located.chunk.arrived,
                };
                self.origins.push(origin);
            }
            let record = self.push(range.get(body));
            if let Some(slot) = self.list.get_mut(*number) {
                *slot = Some(RecordRange { origin: self.origins.len() - 1, record });
            }
        }
    }

    fn push(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }

    /// A record by its number, with its origin.
    pub(crate) fn get(&self, number: usize) -> Option<(Origin<'_>, &[u8])> {
        let at = self.list.get(number)?.as_ref()?;
        let origin = self.origins.get(at.origin)?;
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let origin = Origin {
            resource: Resource { raw: part(&origin.resource) },
            resource_schema: part(&origin.resource_schema),
            scope: Scope { raw: part(&origin.scope) },
            scope_schema: part(&origin.scope_schema),
        };
        Some((origin, part(&at.record)))
    }

    /// When a record was received, as far as that is known.
    pub(crate) fn arrived(&self, number: usize) -> Nanos {
        let origin = self.list.get(number).and_then(|at| self.origins.get(at.as_ref()?.origin));
        origin.map(|origin| origin.arrived).unwrap_or_default()
    }

    /// All records that could be read, in order, each with the time at which it was received.
    pub(crate) fn iter_with_arrival(&self) -> impl Iterator<Item = (Origin<'_>, &[u8], Nanos)> {
        (0..self.list.len()).filter_map(|number| {
            let (origin, raw) = self.get(number)?;
            Some((origin, raw, self.arrived(number)))
        })
    }

    /// All records that could be read, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Origin<'_>, &[u8])> {
        (0..self.list.len()).filter_map(|number| self.get(number))
    }
}
