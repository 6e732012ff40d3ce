//! A whole trace as it is read: the chunks it lies in and where its spans are in them.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use trace_model::{Nanos, Origin, Span, SpanId, TraceId};

use crate::{
    chunk::{Chunk, ChunkId, Chunks, Place, Source},
    index::TraceEntry,
    summary::extent,
};

/// One trace at one moment. Holds its bytes, so it stays whole when the store lets it go.
#[derive(Debug)]
pub struct StoredTrace {
    pub trace_id: TraceId,
    /// Grows with every change of this trace.
    pub version: u64,
    chunks: Vec<Loaded>,
    spans: Vec<Position>,
    start: Nanos,
}

/// A chunk with its body.
#[derive(Debug)]
struct Loaded {
    id: ChunkId,
    chunk: Arc<Chunk>,
    /// Read from the disk; a body in memory is borrowed from its chunk.
    body: Option<Arc<Vec<u8>>>,
}

/// The body that was read last: neighbours in time often lie in one chunk.
#[derive(Debug, Default)]
pub(crate) struct BodyCache(Option<(ChunkId, Arc<Vec<u8>>)>);

impl BodyCache {
    fn get(&mut self, id: ChunkId, chunk: &Chunk) -> Option<Arc<Vec<u8>>> {
        if let Some((cached, body)) = &self.0
            && *cached == id
        {
            return Some(body.clone());
        }
        let Cow::Owned(body) = chunk.body(id)? else { return None };
        let body = Arc::new(body);
        self.0 = Some((id, body.clone()));
        Some(body)
    }
}

impl Loaded {
    fn body(&self) -> &[u8] {
        match (&self.body, &self.chunk.source) {
            (Some(body), _) | (None, Source::Memory(body)) => body,
            (None, Source::Disk(_)) => &[],
        }
    }
}

/// Where a span lies: which chunk, and where in it.
#[derive(Debug, Clone, Copy)]
struct Position {
    id: SpanId,
    chunk: usize,
    place: Place,
}

impl StoredTrace {
    /// Takes down where everything is. The bodies are not read yet: that happens without the lock, in [`Self::load`].
    pub(crate) fn locate(trace_id: TraceId, trace: &TraceEntry, all: &Chunks) -> Self {
        let mut places: HashMap<ChunkId, usize> = HashMap::new();
        let mut chunks = Vec::new();
        let mut spans = Vec::with_capacity(trace.spans.len());
        for span in &trace.spans {
            let Some(chunk) = all.get(span.chunk) else { continue };
            let place = *places.entry(span.chunk).or_insert_with(|| {
                chunks.push(Loaded { id: span.chunk, chunk: chunk.clone(), body: None });
                chunks.len() - 1
            });
            spans.push(Position { id: span.id, chunk: place, place: span.place });
        }
        let (start, _) = extent(trace.spans.iter().map(|span| (span.start, span.end)));
        Self { trace_id, version: trace.version, chunks, spans, start }
    }

    /// Reads the bodies that lie on the disk. What cannot be read is missing from the trace.
    pub(crate) fn load(self) -> Self {
        self.load_cached(&mut BodyCache::default())
    }

    /// [`Self::load`], for many traces after one another.
    pub(crate) fn load_cached(mut self, cache: &mut BodyCache) -> Self {
        for loaded in &mut self.chunks {
            loaded.body = cache.get(loaded.id, &loaded.chunk);
        }
        self
    }

    /// Its spans, decoded, in the order of their arrival.
    pub fn spans(&self) -> Vec<(Origin<'_>, Span<'_>)> {
        self.spans.iter().filter_map(|position| self.decode(position)).collect()
    }

    /// One of its spans. Several may share an id; `occurrence` counts them in the order of their arrival.
    pub fn find(&self, id: SpanId, occurrence: usize) -> Option<(Origin<'_>, Span<'_>)> {
        let position = self.spans.iter().filter(|position| position.id == id).nth(occurrence)?;
        self.decode(position)
    }

    /// The earliest start of a span, or zero when none has one.
    pub const fn start(&self) -> Nanos {
        self.start
    }

    fn decode(&self, position: &Position) -> Option<(Origin<'_>, Span<'_>)> {
        let loaded = self.chunks.get(position.chunk)?;
        loaded.chunk.span(position.place, loaded.body())
    }
}
