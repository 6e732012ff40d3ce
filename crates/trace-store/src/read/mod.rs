//! Reading of traces and log records: located under the index's lock, decompressed and decoded without it.

mod located;
mod records;

pub use located::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace};
pub(crate) use records::BodyCache;
