//! Chunks: the bodies of export requests, where they are, and where in them the origins of their records lie.

use std::{collections::BTreeMap, sync::Arc};

use trace_model::{Origin, Resource, Scope};

use crate::{
    cost,
    disk::{Volume, VolumeId},
    record,
};

/// The number of a chunk: in the order in which they were written, and never used again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChunkId(pub(crate) u64);

/// In the index, what was written again to be kept longer stands below all that only arrived.
const ARRIVED: u64 = 1 << 63;

impl ChunkId {
    /// The place in the index of a chunk that the disk gave a number.
    pub(crate) const fn of(number: Self, content: Content) -> Self {
        if content.is_kept() { number } else { Self(number.0 | ARRIVED) }
    }

    /// The number on the disk.
    const fn number(self) -> Self {
        Self(self.0 & !ARRIVED)
    }

    pub(crate) const fn is_kept(self) -> bool {
        self.0 < ARRIVED
    }
}

/// What a chunk is a request of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Spans,
    Logs,
    /// Written again, because they are kept longer.
    KeptSpans,
    KeptLogs,
}

impl Content {
    pub(crate) const fn is_kept(self) -> bool {
        matches!(self, Self::KeptSpans | Self::KeptLogs)
    }

    /// The same, written again.
    pub(crate) const fn kept(self) -> Self {
        match self {
            Self::Spans | Self::KeptSpans => Self::KeptSpans,
            Self::Logs | Self::KeptLogs => Self::KeptLogs,
        }
    }
}

/// A part of a chunk. Bodies are far below 4 GiB, see [`crate::ingest::MAX_BODY`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Place {
    /// Where `part`, which was borrowed from `whole`, lies in it.
    pub(crate) fn of(part: &[u8], whole: &[u8]) -> Self {
        if part.is_empty() {
            return Self::default();
        }
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u32::try_from(part.len()).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn get(self, whole: &[u8]) -> &[u8] {
        let start = self.start as usize;
        whole.get(start..start.saturating_add(self.len as usize)).unwrap_or_default()
    }
}

/// The records of one scope: where they begin, and what they share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) first: u32,
    pub(crate) resource: Place,
    pub(crate) resource_schema: Place,
    pub(crate) scope: Place,
    pub(crate) scope_schema: Place,
}

impl Block {
    pub(crate) fn new(origin: &Origin<'_>, first: u32, body: &[u8]) -> Self {
        Self {
            first,
            resource: Place::of(origin.resource.raw, body),
            resource_schema: Place::of(origin.resource_schema, body),
            scope: Place::of(origin.scope.raw, body),
            scope_schema: Place::of(origin.scope_schema, body),
        }
    }

    /// How many bytes say what its records share.
    pub(crate) fn bytes(self) -> usize {
        let Self { resource, resource_schema, scope, scope_schema, .. } = self;
        [resource, resource_schema, scope, scope_schema].map(|place| place.len as usize).iter().sum()
    }

    fn origin(self, body: &[u8]) -> Origin<'_> {
        Origin {
            resource: Resource { raw: self.resource.get(body) },
            resource_schema: self.resource_schema.get(body),
            scope: Scope { raw: self.scope.get(body) },
            scope_schema: self.scope_schema.get(body),
        }
    }
}

/// Where a body is.
#[derive(Debug)]
pub(crate) enum Source {
    /// As a [record](crate::record).
    Memory(Box<[u8]>),
    Disk(Arc<Volume>),
}

/// One stored body.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) source: Source,
    pub(crate) blocks: Box<[Block]>,
    pub(crate) records: usize,
}

impl Chunk {
    /// What it costs in memory.
    pub(crate) fn bytes(&self) -> usize {
        const OVERHEAD: usize = 208; // the chunk with its counters, the places in the maps
        let body = if let Source::Memory(body) = &self.source { body.len() } else { 0 };
        cost::allocated(body) + cost::of_capacity::<Block>(self.blocks.len()) + OVERHEAD
    }

    /// What it costs with its share of the index, roughly.
    fn weight(&self) -> usize {
        const OF_RECORD: usize = 256;
        self.bytes() + self.records * OF_RECORD
    }

    /// The body, from the disk if that is where it is. None when it is gone or cannot be read.
    pub(crate) fn body(&self, id: ChunkId) -> Option<(Content, Vec<u8>)> {
        match &self.source {
            Source::Memory(record) => record::unpack(record),
            Source::Disk(volume) => volume.read(id.number()).ok()?,
        }
    }

    /// Where what lies at a place of the body came from: which of the blocks that is, and what it says.
    pub(crate) fn origin<'b>(&self, place: Place, body: &'b [u8]) -> Option<(usize, Origin<'b>)> {
        let (number, block) = self.block(place)?;
        Some((number, block.origin(body)))
    }

    /// The block that what lies at a place is of, and which that is.
    pub(crate) fn block(&self, place: Place) -> Option<(usize, Block)> {
        let after = self.blocks.partition_point(|block| block.first <= place.start);
        let number = after.checked_sub(1)?;
        Some((number, *self.blocks.get(number)?))
    }
}

/// The chunks that the index knows, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    by_id: BTreeMap<ChunkId, Arc<Chunk>>,
    bytes: usize,
    /// The weight of what is kept longer.
    kept: usize,
}

impl Chunks {
    /// The place after the newest of its kind, for chunks that no disk numbers.
    pub(crate) fn next_id(&self, content: Content) -> ChunkId {
        let first = ChunkId::of(ChunkId(1), content);
        let last = if content.is_kept() { ChunkId(ARRIVED) } else { ChunkId(u64::MAX) };
        self.by_id.range(first..last).next_back().map_or(first, |(id, _)| ChunkId(id.0 + 1))
    }

    pub(crate) fn insert(&mut self, id: ChunkId, chunk: Arc<Chunk>) {
        self.remove(id);
        self.bytes += chunk.bytes();
        self.kept += if id.is_kept() { chunk.weight() } else { 0 };
        self.by_id.insert(id, chunk);
    }

    pub(crate) fn remove(&mut self, id: ChunkId) -> Option<Arc<Chunk>> {
        let chunk = self.by_id.remove(&id)?;
        self.bytes -= chunk.bytes();
        self.kept -= if id.is_kept() { chunk.weight() } else { 0 };
        Some(chunk)
    }

    /// The chunks that lie in a volume.
    pub(crate) fn of_volume(&self, wanted: VolumeId) -> Vec<ChunkId> {
        let lies_there = |chunk: &Chunk| matches!(&chunk.source, Source::Disk(volume) if volume.id == wanted);
        self.by_id.iter().filter(|(_, chunk)| lies_there(chunk)).map(|(id, _)| *id).collect()
    }

    /// Which one has to go next, when what is kept longer may weigh so much.
    pub(crate) fn outgoing(&self, kept_limit: usize) -> Option<ChunkId> {
        let oldest = || self.by_id.first_key_value();
        let arrived = || self.by_id.range(ChunkId(ARRIVED)..).next();
        let next = if self.kept > kept_limit { oldest() } else { arrived().or_else(oldest) };
        next.map(|(id, _)| *id)
    }

    pub(crate) const fn keeps_some(&self) -> bool {
        self.kept > 0
    }

    pub(crate) fn get(&self, id: ChunkId) -> Option<&Arc<Chunk>> {
        self.by_id.get(&id)
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
