//! Chunks: the bodies of export requests, and where in them the origins of their spans lie.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use trace_model::{Origin, Resource, Scope, Span};

/// The number of a chunk; they count up and are never used again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChunkId(pub(crate) u64);

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
        let range: Range<usize> = start..start.saturating_add(self.len as usize);
        whole.get(range).unwrap_or_default()
    }
}

/// The spans of one `ScopeSpans`: where they begin, and what they share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) first_span: u32,
    pub(crate) resource: Place,
    pub(crate) resource_schema: Place,
    pub(crate) scope: Place,
    pub(crate) scope_schema: Place,
}

impl Block {
    pub(crate) fn new(origin: &Origin<'_>, first_span: u32, body: &[u8]) -> Self {
        Self {
            first_span,
            resource: Place::of(origin.resource.raw, body),
            resource_schema: Place::of(origin.resource_schema, body),
            scope: Place::of(origin.scope.raw, body),
            scope_schema: Place::of(origin.scope_schema, body),
        }
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

/// One stored body.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) body: Box<[u8]>,
    pub(crate) blocks: Box<[Block]>,
}

impl Chunk {
    /// What it costs to keep.
    pub(crate) fn bytes(&self) -> usize {
        const OVERHEAD: usize = 96; // the allocations' headers, the counters, the queue's slot
        self.body.len() + size_of_val(&*self.blocks) + OVERHEAD
    }

    pub(crate) fn span(&self, place: Place) -> Option<(Origin<'_>, Span<'_>)> {
        let span = Span::decode(place.get(&self.body)).ok()?;
        let after = self.blocks.partition_point(|block| block.first_span <= place.start);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        Some((block.origin(&self.body), span))
    }
}

/// The chunks in memory, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    first: ChunkId,
    queue: VecDeque<Arc<Chunk>>,
    bytes: usize,
}

impl Chunks {
    pub(crate) fn push(&mut self, chunk: Arc<Chunk>) -> ChunkId {
        self.bytes += chunk.bytes();
        self.queue.push_back(chunk);
        ChunkId(self.first.0 + self.queue.len() as u64 - 1)
    }

    /// Takes back the chunk that was pushed last.
    pub(crate) fn pop_newest(&mut self) {
        if let Some(chunk) = self.queue.pop_back() {
            self.bytes -= chunk.bytes();
        }
    }

    pub(crate) fn pop_oldest(&mut self) -> Option<ChunkId> {
        let chunk = self.queue.pop_front()?;
        self.bytes -= chunk.bytes();
        let id = self.first;
        self.first.0 += 1;
        Some(id)
    }

    pub(crate) fn get(&self, id: ChunkId) -> Option<&Arc<Chunk>> {
        self.queue.get(usize::try_from(id.0.checked_sub(self.first.0)?).ok()?)
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}
