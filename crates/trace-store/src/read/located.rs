//! The spans and log records of one trace at one version, located or read.

use trace_model::{LogRecord, Nanos, Origin, Span, TraceId};

use super::records::{BodyCache, LocatedRecords, Records};
use crate::{
    index::{LogEntry, SpanEntry, TraceEntry},
    storage::Chunks,
};

/// A trace at one version, or some of its spans, located but not yet read.
#[derive(Debug)]
pub struct LocatedTrace {
    trace_id: TraceId,
    version: u64,
    records: LocatedRecords,
    start: Nanos,
}

/// A trace at one version. It owns its bytes, so that it stays complete when the store evicts it.
#[derive(Debug)]
pub struct StoredTrace {
    pub trace_id: TraceId,
    /// Increases with every change of the trace.
    pub version: u64,
    records: Records,
    start: Nanos,
}

/// The log records of a trace at one version, located but not yet read.
#[derive(Debug)]
pub struct LocatedLogs {
    version: u64,
    has_more: bool,
    records: LocatedRecords,
    start: Nanos,
}

/// The log records of a trace at one version.
#[derive(Debug)]
pub struct StoredLogs {
    /// The version of their trace.
    pub version: u64,
    /// The trace has more log records than these.
    pub has_more: bool,
    records: Records,
    start: Nanos,
}

impl LocatedTrace {
    pub(crate) fn new<'e>(
        trace_id: TraceId,
        trace: &TraceEntry,
        spans: impl Iterator<Item = &'e SpanEntry>,
        chunks: &Chunks,
    ) -> Self {
        let mut records = LocatedRecords::default();
        for span in spans {
            records.add(span.chunk, span.range, chunks);
        }
        Self { trace_id, version: trace.version, records, start: start(trace) }
    }

    /// Increases with every change of the trace.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Memory that the trace takes once it is read.
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }

    /// Reads the spans. Spans that cannot be read are missing from the trace.
    #[must_use]
    pub fn read(self) -> StoredTrace {
        self.read_with(&mut BodyCache::default())
    }

    /// Reads traces, one after the other. Those that share a chunk, as traces that arrive together do, decompress it once.
    pub fn read_each(traces: impl IntoIterator<Item = Self>) -> impl Iterator<Item = StoredTrace> {
        let mut cache = BodyCache::default();
        traces.into_iter().map(move |located| located.read_with(&mut cache))
    }

    /// [`Self::read_each`], of traces that may fail to be admitted.
    pub fn try_read_each<E>(
        traces: impl IntoIterator<Item = Result<Self, E>>,
    ) -> impl Iterator<Item = Result<StoredTrace, E>> {
        let mut cache = BodyCache::default();
        traces.into_iter().map(move |located| Ok(located?.read_with(&mut cache)))
    }

    fn read_with(self, cache: &mut BodyCache) -> StoredTrace {
        let Self { trace_id, version, records, start } = self;
        StoredTrace { trace_id, version, records: records.load(cache), start }
    }

    /// Whether a span, given with its origin, satisfies the predicate. `cache` can be passed on to further traces.
    pub(crate) fn any(
        &self,
        cache: &mut BodyCache,
        predicate: impl FnMut(&Origin<'_>, &[u8]) -> bool,
    ) -> bool {
        self.records.any(cache, predicate)
    }
}

impl StoredTrace {
    /// The decoded spans, in the order of arrival.
    pub fn spans(&self) -> Vec<(Origin<'_>, Span<'_>)> {
        self.records.iter().filter_map(decode).collect()
    }

    /// [`Self::spans`], each with the time at which it was received. Unset: by an earlier process, or retained.
    pub fn received(&self) -> impl Iterator<Item = (Origin<'_>, Span<'_>, Nanos)> {
        let records = self.records.iter_with_arrival();
        records.filter_map(|(origin, raw, arrived)| Some((origin, Span::decode(raw).ok()?, arrived)))
    }

    /// The earliest start of a span, or zero when none is set.
    pub const fn start(&self) -> Nanos {
        self.start
    }
}

fn decode<'a>((origin, raw): (Origin<'a>, &'a [u8])) -> Option<(Origin<'a>, Span<'a>)> {
    Some((origin, Span::decode(raw).ok()?))
}

impl LocatedLogs {
    /// Locates the first `limit` log records by time.
    pub(crate) fn new(trace: &TraceEntry, chunks: &Chunks, limit: usize) -> Self {
        let mut entries: Vec<(usize, &LogEntry)> = trace.logs.iter().enumerate().collect();
        // Records of the same time stay in the order of arrival.
        let order = |(arrival, entry): &(usize, &LogEntry)| (entry.time, *arrival);
        let has_more = entries.len() > limit;
        if has_more {
            entries.select_nth_unstable_by_key(limit, order);
            entries.truncate(limit);
        }
        entries.sort_unstable_by_key(order);
        let mut records = LocatedRecords::default();
        for (_, log) in entries {
            records.add(log.chunk, log.range, chunks);
        }
        Self { version: trace.version, has_more, records, start: start(trace) }
    }

    /// Increases with every change of the trace.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The trace has more log records than these.
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    /// Memory that the log records take once they are read.
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }

    /// Reads the log records. Those that cannot be read are missing.
    #[must_use]
    pub fn read(self) -> StoredLogs {
        self.read_with(&mut BodyCache::default())
    }

    /// Reads the log records of traces, one after the other, that may fail to be admitted. Those that share a chunk
    /// decompress it once.
    pub fn try_read_each<E>(
        logs: impl IntoIterator<Item = Result<Self, E>>,
    ) -> impl Iterator<Item = Result<StoredLogs, E>> {
        let mut cache = BodyCache::default();
        logs.into_iter().map(move |located| Ok(located?.read_with(&mut cache)))
    }

    fn read_with(self, cache: &mut BodyCache) -> StoredLogs {
        let Self { version, has_more, records, start } = self;
        StoredLogs { version, has_more, records: records.load(cache), start }
    }
}

impl StoredLogs {
    /// The decoded log records, by time.
    pub fn records(&self) -> impl Iterator<Item = (Origin<'_>, LogRecord<'_>)> {
        self.records.iter().filter_map(|(origin, raw)| Some((origin, LogRecord::decode(raw).ok()?)))
    }

    /// Start of the trace: that of its first span, or, while it has none, the time of its first log record.
    pub const fn start(&self) -> Nanos {
        self.start
    }
}

fn start(trace: &TraceEntry) -> Nanos {
    if trace.spans.is_empty() {
        return trace.logs.iter().map(|log| log.time).min().unwrap_or_default();
    }
    trace.extent().0
}
