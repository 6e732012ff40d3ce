//! Decoding of a logs request into log records for the index.

use std::{collections::HashMap, hash::BuildHasher};

use foldhash::fast::{FixedState, RandomState};
use trace_model::{
    Nanos, TraceId,
    otlp::{DecodeError, Rejected, RequestWriter, read_logs},
};

use super::content::{hash_log, hash_resource};
use crate::storage::{ByteRange, OriginBlock};

/// A log record for the index.
#[derive(Debug)]
pub(crate) struct PendingLog {
    pub(crate) trace_id: TraceId,
    pub(crate) time: Nanos,
    pub(crate) range: ByteRange,
    /// Hash of its content, of its resource's attributes, and of the number of equal records before it in the request.
    /// Two programs may log the same, and one may log it twice, without either being a duplicate.
    pub(crate) fingerprint: u64,
}

/// A decoded logs request.
#[derive(Debug, Default)]
pub(crate) struct LogBatch {
    pub(crate) logs: Vec<PendingLog>,
    pub(crate) blocks: Vec<OriginBlock>,
    /// Records without a trace. Nothing here could show them.
    pub(crate) untraced: u64,
    pub(crate) rejected: Rejected,
}

/// Decodes a request.
///
/// # Errors
/// [`DecodeError`] when it is malformed.
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
        let range = ByteRange::of(record.raw(), body);
        if current != Some(block) {
            current = Some(block);
            blocks.push(OriginBlock::new(origin, range.start, body));
            resource = hash_resource(&origin.resource);
        }
        let content = hash_log(resource, &record);
        let before = seen.entry(content).or_default();
        let fingerprint = hasher.hash_one((content, *before));
        *before += 1;
        logs.push(PendingLog { trace_id, time: record.time, range, fingerprint });
    })?;
    batch.rejected = rejected;
    Ok(batch)
}

/// The body without its untraced records, when that halves it: a program may log much outside of any trace.
pub(crate) fn without_untraced(body: &[u8], batch: &LogBatch) -> Option<Vec<u8>> {
    let traced: usize = batch.logs.iter().map(|log| log.range.len as usize).sum();
    if traced > body.len() / 2 {
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
