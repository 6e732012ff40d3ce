//! From the body of a logs request to what the index wants of each record. No lock is held here.

use std::{collections::HashMap, hash::BuildHasher};

use foldhash::fast::{FixedState, RandomState};
use trace_model::{
    Nanos, TraceId,
    otlp::{DecodeError, Rejected, RequestWriter, read_logs},
};

use crate::chunk::{Block, Place};

/// One log record on its way into the index.
#[derive(Debug)]
pub(crate) struct PendingLog {
    pub(crate) trace_id: TraceId,
    pub(crate) time: Nanos,
    pub(crate) place: Place,
    /// Of its bytes, of the attributes of its resource, and of how many of the same came before it in the request: two
    /// programs may well say the same, and one may say it twice, and that is not the same request twice.
    pub(crate) fingerprint: u64,
}

/// A request taken apart.
#[derive(Debug, Default)]
pub(crate) struct LogBatch {
    pub(crate) logs: Vec<PendingLog>,
    pub(crate) blocks: Vec<Block>,
    /// Records of no trace: nothing here could show them.
    pub(crate) untraced: u64,
    pub(crate) rejected: Rejected,
}

/// Takes a request apart.
///
/// # Errors
/// [`DecodeError`] when it cannot be read.
pub(crate) fn read(body: &[u8]) -> Result<LogBatch, DecodeError> {
    let hasher = FixedState::default();
    let mut seen: HashMap<u64, u64, RandomState> = HashMap::default();
    let mut batch = LogBatch::default();
    let LogBatch { logs, blocks, untraced, .. } = &mut batch;
    let (mut current, mut resource) = (None, 0);
    let rejected = read_logs(body, |block, origin, record| {
        let Some(trace_id) = record.trace_id else {
            *untraced += 1;
            return;
        };
        let place = Place::of(record.raw(), body);
        if current != Some(block) {
            current = Some(block);
            blocks.push(Block::new(origin, place.start, body));
            // A file says no more of a resource, and is to say of the same records the same.
            resource = hasher.hash_one(origin.resource.raw_attributes().collect::<Vec<_>>());
        }
        let bytes = hasher.hash_one((resource, record.raw()));
        let before = seen.entry(bytes).or_default();
        let fingerprint = hasher.hash_one((bytes, *before));
        *before += 1;
        logs.push(PendingLog { trace_id, time: record.time, place, fingerprint });
    })?;
    batch.rejected = rejected;
    Ok(batch)
}

/// A body with only what is kept, when that is less than half of it: a program may log much outside of any trace.
pub(crate) fn without_untraced(body: &[u8], batch: &LogBatch) -> Option<Vec<u8>> {
    let kept: usize = batch.logs.iter().map(|log| log.place.len as usize).sum();
    if kept > body.len() / 2 {
        return None;
    }
    let mut out = RequestWriter::default();
    read_logs(body, |_, origin, record| {
        if record.trace_id.is_some() {
            out.add(origin, record.raw());
        }
    })
    .ok()?;
    Some(out.into_bytes())
}
