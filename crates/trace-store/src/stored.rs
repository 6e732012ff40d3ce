//! What a reader gets of one trace: its spans, its logs.

use trace_model::{LogRecord, Nanos, Origin, Resource, Span, TraceId};

use crate::{
    chunk::Chunks,
    index::{LogEntry, SpanEntry, TraceEntry},
    load::{BodyCache, Records, Wanted},
    summary::extent,
};

/// A trace at one moment, or some spans of it, of which only the places are known yet.
#[derive(Debug)]
pub struct LocatedTrace {
    trace_id: TraceId,
    version: u64,
    wanted: Wanted,
    start: Nanos,
}

/// One trace at one moment. Holds its bytes, so it stays whole when the store lets it go.
#[derive(Debug)]
pub struct StoredTrace {
    pub trace_id: TraceId,
    /// Grows with every change of this trace.
    pub version: u64,
    records: Records,
    start: Nanos,
}

/// The log records of a trace at one moment, of which only the places are known yet.
#[derive(Debug)]
pub struct LocatedLogs {
    version: u64,
    more: bool,
    wanted: Wanted,
    start: Nanos,
}

/// The log records of a trace at one moment.
#[derive(Debug)]
pub struct StoredLogs {
    /// The version of their trace.
    pub version: u64,
    /// There are more than these.
    pub more: bool,
    records: Records,
    start: Nanos,
}

impl LocatedTrace {
    pub(crate) fn new<'e>(
        trace_id: TraceId,
        trace: &TraceEntry,
        spans: impl Iterator<Item = &'e SpanEntry>,
        all: &Chunks,
    ) -> Self {
        let mut wanted = Wanted::default();
        for span in spans {
            wanted.add(span.chunk, span.place, all);
        }
        Self { trace_id, version: trace.version, wanted, start: start(trace) }
    }

    /// Grows with every change of the trace.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// How many bytes it holds once it is read.
    pub fn bytes(&self) -> usize {
        self.wanted.bytes()
    }

    /// Reads the bytes. What cannot be read is missing from the trace.
    #[must_use]
    pub fn read(self) -> StoredTrace {
        let Self { trace_id, version, wanted, start } = self;
        StoredTrace { trace_id, version, records: wanted.load(), start }
    }

    /// Whether one of its spans, with its resource, is like that. `cache` is for many traces after one another.
    pub(crate) fn any(&self, cache: &mut BodyCache, mut is: impl FnMut(Resource<'_>, &[u8]) -> bool) -> bool {
        self.wanted.any(cache, |origin, span| is(origin.resource, span))
    }
}

impl StoredTrace {
    /// Its spans, decoded, in the order of their arrival.
    pub fn spans(&self) -> Vec<(Origin<'_>, Span<'_>)> {
        self.records.iter().filter_map(decode).collect()
    }

    /// The earliest start of a span, or zero when none has one.
    pub const fn start(&self) -> Nanos {
        self.start
    }
}

fn decode<'a>((origin, raw): (Origin<'a>, &'a [u8])) -> Option<(Origin<'a>, Span<'a>)> {
    Some((origin, Span::decode(raw).ok()?))
}

impl LocatedLogs {
    /// Takes down where the first `limit` by time are.
    pub(crate) fn new(trace: &TraceEntry, all: &Chunks, limit: usize) -> Self {
        let mut entries: Vec<(usize, &LogEntry)> = trace.logs.iter().enumerate().collect();
        // Those of one time stay in the order of their arrival.
        let order = |(arrival, entry): &(usize, &LogEntry)| (entry.time, *arrival);
        let more = entries.len() > limit;
        if more {
            entries.select_nth_unstable_by_key(limit, order);
            entries.truncate(limit);
        }
        entries.sort_unstable_by_key(order);
        let mut wanted = Wanted::default();
        for (_, log) in entries {
            wanted.add(log.chunk, log.place, all);
        }
        Self { version: trace.version, more, wanted, start: start(trace) }
    }

    /// Grows with every change of their trace.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// There are more than these.
    pub const fn more(&self) -> bool {
        self.more
    }

    /// How many bytes they hold once they are read.
    pub fn bytes(&self) -> usize {
        self.wanted.bytes()
    }

    /// Reads the bytes. What cannot be read is missing.
    #[must_use]
    pub fn read(self) -> StoredLogs {
        let Self { version, more, wanted, start } = self;
        StoredLogs { version, more, records: wanted.load(), start }
    }
}

impl StoredLogs {
    /// The records, decoded, by time.
    pub fn records(&self) -> impl Iterator<Item = (Origin<'_>, LogRecord<'_>)> {
        self.records.iter().filter_map(|(origin, raw)| Some((origin, LogRecord::decode(raw).ok()?)))
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
