//! Cursors: positions in the arrival order of the traces.

use std::{fmt, str::FromStr};

use trace_model::TraceId;

use super::trace_entry::TraceEntry;
use crate::{storage::ChunkId, trace_slot::TraceSlot};

/// A position in the order of arrival, from which a search continues to older traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) chunk: ChunkId,
    /// Traces of the chunk that are still to come.
    pub(super) left: usize,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.chunk.0, self.left)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (chunk, left) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { chunk: ChunkId(chunk.parse()?), left: left.parse()? })
    }
}

/// A trace in the order of arrival, with the position after it.
pub(crate) struct Newest<'i> {
    pub(crate) slot: TraceSlot,
    pub(crate) id: TraceId,
    pub(crate) trace: &'i TraceEntry,
    pub(crate) after: Cursor,
}
