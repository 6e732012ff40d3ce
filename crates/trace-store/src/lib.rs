//! A bounded store of traces, with indexes and queries.
//!
//! A stored chunk is the body of an export request, compressed. An index in memory has 64 bytes for each span (ids,
//! times, names, and the span's range in its chunk) and 32 for each log record. A trace is read by decoding its spans
//! out of their chunks. So ingest takes one pass over the bytes, and no attribute is lost.
//!
//! Modules, lowest layer first; each imports only from those listed before it:
//!
//! | module | contents |
//! |---|---|
//! | `alloc_size`, `trace_slot` | size of heap allocations; slot numbers of traces |
//! | [`query`] | the query language: lexer, parser, predicates on values |
//! | `storage` | chunks of compressed bodies, in memory or in the files of an embedded database |
//! | `attributes` | attribute tokens: Bloom filter, postings, dictionary, columns; peers of calls |
//! | `ingest` | decoding of export requests into batches |
//! | `index` | traces with their spans and log records; insertion, arrival order, eviction |
//! | `read` | reading of traces and log records out of their chunks |
//! | `search` | query plan, column scans, search |
//! | `metrics` | rate, errors and durations; the service map |
//! | [`complete`] | completion of queries |
//! | `retention` | rewriting of traces with errors and slow traces on eviction |
//! | `store` | [`Store`], which composes all of these |
//!
//! - **Bounded**: [`Limits::memory`] limits the index, and the chunks in memory. [`DiskSettings::limit`] limits the
//!   files. Beyond a limit the oldest chunks are evicted, each with all traces that have a span in it: first in,
//!   first out.
//! - **Durable**: with a disk, [`Store::ingest`] returns when the chunk is committed.
//! - **Idempotent**: a span or log record that is stored already, byte for byte, is not stored again.

mod alloc_size;
mod attributes;
pub mod complete;
mod index;
mod ingest;
mod metrics;
pub mod query;
mod read;
mod retention;
mod search;
mod storage;
mod store;
mod trace_slot;

pub use index::{Cursor, ServiceSpans, TraceSummary};
pub use ingest::{IngestError, IngestOutcome};
pub use metrics::{
    CallEdge, CallNode, Durations, LeftOut, Metrics, MetricsQuery, OperationMetrics, Series, ServiceMetrics,
};
pub use query::{Query, QueryError};
pub use read::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace};
pub use retention::Retention;
pub use search::SearchPage;
pub use storage::{DamagedVolume, OpenError, VolumeError, WriteError};
pub use store::{DiskSettings, KnownTexts, Limits, Stats, Store};
