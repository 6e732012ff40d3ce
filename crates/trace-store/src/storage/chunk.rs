//! One chunk: the body of an export request, where it is stored, and the origins of its records.

use std::sync::Arc;

use trace_model::{Nanos, Origin, Resource, Scope};

use super::{
    byte_range::ByteRange,
    disk::Volume,
    ids::{ChunkId, ContentKind},
    record,
};
use crate::alloc_size;

/// The records of one scope: the offset of the first, and the origin that they share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OriginBlock {
    pub(crate) first: u32,
    pub(crate) resource: ByteRange,
    pub(crate) resource_schema: ByteRange,
    pub(crate) scope: ByteRange,
    pub(crate) scope_schema: ByteRange,
}

impl OriginBlock {
    pub(crate) fn new(origin: &Origin<'_>, first: u32, body: &[u8]) -> Self {
        Self {
            first,
            resource: ByteRange::of(origin.resource.raw, body),
            resource_schema: ByteRange::of(origin.resource_schema, body),
            scope: ByteRange::of(origin.scope.raw, body),
            scope_schema: ByteRange::of(origin.scope_schema, body),
        }
    }

    /// Bytes of the origin that the records share.
    pub(crate) fn bytes(self) -> usize {
        let Self { resource, resource_schema, scope, scope_schema, .. } = self;
        [resource, resource_schema, scope, scope_schema].map(|range| range.len as usize).iter().sum()
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

/// Where a body is stored.
#[derive(Debug)]
pub(crate) enum Source {
    /// In memory, as a [`record`].
    Memory(Box<[u8]>),
    Disk(Arc<Volume>),
}

/// One stored body.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) source: Source,
    pub(crate) blocks: Box<[OriginBlock]>,
    pub(crate) records: usize,
    /// When this process received it; unset for chunks of earlier processes, and for retained ones.
    pub(crate) arrived: Nanos,
}

impl Chunk {
    pub(crate) fn of_unknown_arrival(source: Source, blocks: &[OriginBlock], records: usize) -> Self {
        Self { source, blocks: blocks.into(), records, arrived: Nanos::ZERO }
    }

    /// Memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        const OVERHEAD: usize = 216; // the chunk with its counters, and its entries in the maps
        let body = if let Source::Memory(body) = &self.source { body.len() } else { 0 };
        alloc_size::of_bytes(body) + alloc_size::of_capacity::<OriginBlock>(self.blocks.len()) + OVERHEAD
    }

    /// Memory that it takes together with its records in the index, estimated.
    pub(super) fn weight(&self) -> usize {
        const INDEX_BYTES_PER_RECORD: usize = 256;
        self.bytes() + self.records * INDEX_BYTES_PER_RECORD
    }

    /// The body, read from disk if it is stored there. `None` when it is gone or cannot be read.
    pub(crate) fn body(&self, id: ChunkId) -> Option<(ContentKind, Vec<u8>)> {
        match &self.source {
            Source::Memory(record) => record::unpack(record),
            Source::Disk(volume) => volume.read(id.number()).ok()?,
        }
    }

    /// The origin of the record at a range of the body, and the number of its block.
    pub(crate) fn origin<'b>(&self, range: ByteRange, body: &'b [u8]) -> Option<(usize, Origin<'b>)> {
        let (number, block) = self.block(range)?;
        Some((number, block.origin(body)))
    }

    /// The block of the record at a range of the body, and the block's number.
    pub(crate) fn block(&self, range: ByteRange) -> Option<(usize, OriginBlock)> {
        let after = self.blocks.partition_point(|block| block.first <= range.start);
        let number = after.checked_sub(1)?;
        Some((number, *self.blocks.get(number)?))
    }
}
