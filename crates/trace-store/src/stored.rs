//! A whole trace as it is read: the chunks it lies in and where its records are in them.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use trace_model::{LogRecord, Nanos, Origin, Resource, Span, SpanId, TraceId};

use crate::{
    chunk::{Chunk, ChunkId, Chunks, Place, Source},
    index::{LogEntry, SpanEntry, TraceEntry},
    summary::extent,
};

/// One trace at one moment. Holds its bytes, so it stays whole when the store lets it go.
#[derive(Debug)]
pub struct StoredTrace {
    pub trace_id: TraceId,
    /// Grows with every change of this trace.
    pub version: u64,
    bodies: Bodies,
    spans: Vec<(SpanId, Position)>,
    start: Nanos,
}

/// The log records of a trace at one moment.
#[derive(Debug)]
pub struct StoredLogs {
    /// The version of their trace.
    pub version: u64,
    /// There are more than these.
    pub more: bool,
    bodies: Bodies,
    logs: Vec<Position>,
    start: Nanos,
}

/// The chunks that something lies in, each once.
#[derive(Debug, Default)]
struct Bodies {
    chunks: Vec<Loaded>,
    places: HashMap<ChunkId, usize>,
}

/// A chunk with its body.
#[derive(Debug)]
struct Loaded {
    id: ChunkId,
    chunk: Arc<Chunk>,
    /// Read from the disk; a body in memory is borrowed from its chunk.
    body: Option<Arc<Vec<u8>>>,
}

/// Where a record lies: which of the bodies, and where in it.
#[derive(Debug, Clone, Copy)]
struct Position {
    chunk: usize,
    place: Place,
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

impl Bodies {
    /// Where a place of a chunk is found here. None when the chunk is gone.
    fn position(&mut self, id: ChunkId, place: Place, all: &Chunks) -> Option<Position> {
        if let Some(&chunk) = self.places.get(&id) {
            return Some(Position { chunk, place });
        }
        let chunk = self.chunks.len();
        self.chunks.push(Loaded { id, chunk: all.get(id)?.clone(), body: None });
        self.places.insert(id, chunk);
        Some(Position { chunk, place })
    }

    /// Reads the bodies that lie on the disk. What cannot be read is missing from the trace.
    fn load(&mut self, cache: &mut BodyCache) {
        for loaded in &mut self.chunks {
            loaded.body = cache.get(loaded.id, &loaded.chunk);
        }
    }

    /// The record at a position, and its origin.
    fn get(&self, position: Position) -> Option<(Origin<'_>, &[u8])> {
        let loaded = self.chunks.get(position.chunk)?;
        let body = loaded.body();
        Some((loaded.chunk.origin(position.place, body)?, position.place.get(body)))
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

impl StoredTrace {
    /// Takes down where everything is. The bodies are not read yet: that happens without the lock, in [`Self::load`].
    pub(crate) fn locate<'e>(
        trace_id: TraceId,
        trace: &TraceEntry,
        wanted: impl Iterator<Item = &'e SpanEntry>,
        all: &Chunks,
    ) -> Self {
        let mut bodies = Bodies::default();
        let mut spans = Vec::new();
        for span in wanted {
            spans.extend(bodies.position(span.chunk, span.place, all).map(|position| (span.id, position)));
        }
        Self { trace_id, version: trace.version, bodies, spans, start: start(trace) }
    }

    pub(crate) fn load(self) -> Self {
        self.load_cached(&mut BodyCache::default())
    }

    /// [`Self::load`], for many traces after one another.
    pub(crate) fn load_cached(mut self, cache: &mut BodyCache) -> Self {
        self.bodies.load(cache);
        self
    }

    /// Its spans, decoded, in the order of their arrival.
    pub fn spans(&self) -> Vec<(Origin<'_>, Span<'_>)> {
        self.spans.iter().filter_map(|(_, position)| self.decode(*position)).collect()
    }

    /// The bytes of its spans, each with its resource.
    pub(crate) fn raw_spans(&self) -> impl Iterator<Item = (Resource<'_>, &[u8])> {
        self.spans.iter().filter_map(|(_, position)| {
            let (origin, span) = self.bodies.get(*position)?;
            Some((origin.resource, span))
        })
    }

    /// One of its spans. Several may share an id; `occurrence` counts them in the order of their arrival.
    pub fn find(&self, id: SpanId, occurrence: usize) -> Option<(Origin<'_>, Span<'_>)> {
        let (_, position) = self.spans.iter().filter(|(other, _)| *other == id).nth(occurrence)?;
        self.decode(*position)
    }

    /// The earliest start of a span, or zero when none has one.
    pub const fn start(&self) -> Nanos {
        self.start
    }

    fn decode(&self, position: Position) -> Option<(Origin<'_>, Span<'_>)> {
        let (origin, raw) = self.bodies.get(position)?;
        Some((origin, Span::decode(raw).ok()?))
    }
}

impl StoredLogs {
    /// Takes down where the first `limit` by time are.
    pub(crate) fn locate(trace: &TraceEntry, all: &Chunks, limit: usize) -> Self {
        let mut entries: Vec<(usize, &LogEntry)> = trace.logs.iter().enumerate().collect();
        // Those of one time stay in the order of their arrival.
        let order = |(arrival, entry): &(usize, &LogEntry)| (entry.time, *arrival);
        let more = entries.len() > limit;
        if more {
            entries.select_nth_unstable_by_key(limit, order);
            entries.truncate(limit);
        }
        entries.sort_unstable_by_key(order);
        let mut bodies = Bodies::default();
        let positions = entries.iter().filter_map(|(_, log)| bodies.position(log.chunk, log.place, all));
        let logs = positions.collect();
        Self { version: trace.version, more, bodies, logs, start: start(trace) }
    }

    pub(crate) fn load(mut self) -> Self {
        self.bodies.load(&mut BodyCache::default());
        self
    }

    /// The records, decoded, by time.
    pub fn records(&self) -> impl Iterator<Item = (Origin<'_>, LogRecord<'_>)> {
        self.logs.iter().filter_map(|position| {
            let (origin, raw) = self.bodies.get(*position)?;
            Some((origin, LogRecord::decode(raw).ok()?))
        })
    }

    /// When their trace begins: with its first span, or, while it has none, with its first log record.
    pub const fn start(&self) -> Nanos {
        self.start
    }
}

fn start(trace: &TraceEntry) -> Nanos {
    if trace.spans.is_empty() {
        return trace.logs.iter().map(|log| log.time).min().unwrap_or_default();
    }
    extent(trace.spans.iter().map(|span| (span.start, span.end))).0
}
