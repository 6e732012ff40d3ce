//! Records on their way out: first where they lie, taken down under the lock, then their bytes, read without it.
//!
//! What is read keeps the records that were asked for and nothing else of their chunks: a trace may have one span in each
//! of ten thousand.

use std::{collections::HashMap, ops::Range, sync::Arc};

use trace_model::{Origin, Resource, Scope};

use crate::chunk::{Chunk, ChunkId, Chunks, Place};

/// Where records lie, by chunk.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    chunks: Vec<WantedOf>,
    by_id: HashMap<ChunkId, usize>,
    count: usize,
}

/// What is wanted of one chunk.
#[derive(Debug)]
struct WantedOf {
    id: ChunkId,
    chunk: Arc<Chunk>,
    /// Each with its number among all that is wanted.
    places: Vec<(usize, Place)>,
}

/// The body that was read last: neighbours in time often lie in one chunk.
#[derive(Debug, Default)]
pub(crate) struct BodyCache {
    last: Option<(ChunkId, Vec<u8>)>,
    unpacked: usize,
}

/// Records with their bytes, numbered as they were wanted.
#[derive(Debug, Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    origins: Vec<OriginAt>,
    /// None for what could not be read.
    list: Vec<Option<RecordAt>>,
}

#[derive(Debug, Clone)]
struct OriginAt {
    resource: Range<usize>,
    resource_schema: Range<usize>,
    scope: Range<usize>,
    scope_schema: Range<usize>,
}

#[derive(Debug, Clone)]
struct RecordAt {
    origin: usize,
    record: Range<usize>,
}

impl Wanted {
    /// Asks for one more. When its chunk is gone, it will be missing.
    pub(crate) fn add(&mut self, id: ChunkId, place: Place, all: &Chunks) {
        let number = self.count;
        self.count += 1;
        if let Some(of) = self.by_id.get(&id).and_then(|at| self.chunks.get_mut(*at)) {
            of.places.push((number, place));
        } else if let Some(chunk) = all.get(id) {
            self.by_id.insert(id, self.chunks.len());
            self.chunks.push(WantedOf { id, chunk: chunk.clone(), places: vec![(number, place)] });
        }
    }

    /// How many bytes it takes once it is read.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes_of_records() + self.count * size_of::<Option<RecordAt>>()
    }

    fn bytes_of_records(&self) -> usize {
        self.chunks.iter().map(WantedOf::bytes).sum()
    }

    /// Whether one of them is like that. Holds no more than one chunk. `cache` is for many after one another.
    pub(crate) fn any(&self, cache: &mut BodyCache, mut is: impl FnMut(&Origin<'_>, &[u8]) -> bool) -> bool {
        self.chunks.iter().any(|of| {
            let Some(body) = cache.get(of.id, &of.chunk) else { return false };
            of.places.iter().any(|(_, place)| {
                let origin = of.chunk.origin(*place, body);
                origin.is_some_and(|(_, origin)| is(&origin, place.get(body)))
            })
        })
    }

    /// Reads it.
    pub(crate) fn load(self) -> Records {
        let mut cache = BodyCache::default();
        let bytes = Vec::with_capacity(self.bytes_of_records());
        let mut records = Records { bytes, list: vec![None; self.count], ..Records::default() };
        for of in self.chunks {
            if let Some(body) = cache.get(of.id, &of.chunk) {
                records.take(&of, body);
            }
        }
        records
    }
}

impl WantedOf {
    /// The records, and what they came from once for all that follow one another.
    fn bytes(&self) -> usize {
        let mut current = None;
        let of_record = |(_, place): &(usize, Place)| {
            let block = self.chunk.block(*place);
            let is_new = current != block.map(|(number, _)| number);
            current = block.map(|(number, _)| number);
            let origin = block.filter(|_| is_new).map_or(0, |(_, block)| block.bytes());
            origin + place.len as usize
        };
        self.places.iter().map(of_record).sum()
    }
}

impl BodyCache {
    fn get(&mut self, id: ChunkId, chunk: &Chunk) -> Option<&[u8]> {
        if self.last.as_ref().is_none_or(|(cached, _)| *cached != id) {
            let (_, body) = chunk.body(id)?;
            self.unpacked += body.len();
            self.last = Some((id, body));
        }
        self.last.as_ref().map(|(_, body)| body.as_slice())
    }

    /// How many bytes were unpacked since it was asked last.
    pub(crate) fn take_unpacked(&mut self) -> usize {
        std::mem::take(&mut self.unpacked)
    }
}

impl Records {
    fn take(&mut self, wanted: &WantedOf, body: &[u8]) {
        let mut current = None;
        for (number, place) in &wanted.places {
            let Some((block, origin)) = wanted.chunk.origin(*place, body) else { continue };
            if current != Some(block) {
                current = Some(block);
                let origin = OriginAt {
                    resource: self.push(origin.resource.raw),
                    resource_schema: self.push(origin.resource_schema),
                    scope: self.push(origin.scope.raw),
                    scope_schema: self.push(origin.scope_schema),
                };
                self.origins.push(origin);
            }
            let record = self.push(place.get(body));
            if let Some(slot) = self.list.get_mut(*number) {
                *slot = Some(RecordAt { origin: self.origins.len() - 1, record });
            }
        }
    }

    fn push(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }

    /// The record of a number, and its origin.
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

    /// All of them, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Origin<'_>, &[u8])> {
        (0..self.list.len()).filter_map(|number| self.get(number))
    }
}
