//! A bounded store of traces.
//!
//! What is stored is the export request as it came: one *chunk* of protobuf, packed. Beside the chunks there is an index of
//! 64 bytes a span: ids, times, names and where in which chunk the span lies. Log records lie beside the spans of
//! their trace, at 32 bytes each. A trace is read by decoding its spans
//! out of their chunks, so receiving costs one pass over the bytes and nothing of what a span said is lost.
//!
//! | module | what lives there |
//! |---|---|
//! | `store` | [`Store`]: receive, read, list; what has to go (`leave`) |
//! | `pieces` | large requests in parts |
//! | `ingest`, `logs` | from a body to index entries, before any lock is taken |
//! | `index`, `traces`, `entry` | the traces with their spans and logs, in the order in which they came; who goes when it is full |
//! | `carry` | traces that are kept longer than others |
//! | `chunk` | the bytes and their origin blocks |
//! | `record` | a body as it is kept: packed, with a checksum |
//! | `disk` | records in the files of an embedded engine |
//! | `load` | from places in chunks to bytes |
//! | `summary`, `stored` | what a reader gets: a line of the list; a whole trace; its logs |
//! | [`query`], `plan`, `search` | the text query; what of it the index can decide; who matches it |
//! | [`complete`] | what may stand where somebody is typing a query |
//! | `columns`, `sieve` | the values that the dictionary of tokens has no room for, and a search's way through them |
//! | `tokens`, `gathered`, `marked`, `digest` | which spans of a trace have which attributes; what they say together |
//! | `figures`, `peer` | rate, errors, durations; who calls whom, and what is not traced itself |
//! | `names`, `links` | each name once; who links to a span |
//! | `cost` | what an allocation takes |
//!
//! **Bounded**: [`Limits::memory`] counts the index, and the chunks while no disk holds them; [`DiskSettings::limit`]
//! counts the files. When either is passed, the oldest chunks go, and with them every trace that has a span in them, as
//! a whole: first in, first out.
//! **Durable**: with a disk, [`Store::ingest`] returns when the chunk is committed.
//! **Idempotent**: a span or a log record that is there already, byte for byte, is not stored again.

mod carry;
mod chunk;
mod columns;
pub mod complete;
mod cost;
mod digest;
mod disk;
mod entry;
mod figures;
mod gathered;
mod index;
mod ingest;
mod links;
mod load;
mod logs;
mod marked;
mod names;
mod peer;
mod pieces;
mod plan;
pub mod query;
mod record;
mod search;
mod sieve;
mod store;
mod stored;
mod summary;
mod tokens;
mod traces;

pub use carry::Keep;
pub use disk::{Damaged, OpenError, VolumeError, WriteError};
pub use figures::{Asked, Calls, Durations, Figures, Node, OperationFigures, Series, ServiceFigures};
pub use ingest::{IngestError, Ingested};
pub use peer::{Peer, PeerKind};
pub use query::{Query, QueryError};
pub use search::{Cursor, Found};
pub use store::{DiskSettings, Limits, Stats, Store};
pub use stored::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace};
pub use summary::{ServiceSpans, Summary};
