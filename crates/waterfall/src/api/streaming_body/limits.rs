//! Limits that all streamed response bodies share.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use crate::api::read_budget::ReadBudget;

/// Bodies up to this size, together with the trace that they are made from, are buffered. Nearly all searches and
/// traces of Jaeger's API are.
pub(super) const MAX_BUFFERED: usize = 256 << 10;
/// Bodies that are streamed at the same time. Each holds one trace, and a thread until the client has read it.
const MAX_STREAMS: usize = 4;
/// How long a large response waits for a free stream. A page requests several at once, and most are read quickly.
const STREAM_WAIT: Duration = Duration::from_secs(3);
/// Size of a chunk.
pub(super) const CHUNK_SIZE: usize = 64 << 10;
/// Chunks that wait to be sent.
pub(super) const QUEUED_CHUNKS: usize = 4;
/// How long a chunk waits for its client. One that reads less than 64 KiB in this time is cut off, because others wait for
/// its stream.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub(in crate::api) struct StreamLimits {
    /// Memory of the traces that responses are made from, including responses that are not streamed.
    pub(in crate::api) read_budget: ReadBudget,
    pub(super) streams: Arc<Semaphore>,
    pub(super) stream_wait: Duration,
    pub(super) stall_timeout: Duration,
}

impl StreamLimits {
    /// `read_budget` is in bytes.
    pub(in crate::api) fn new(read_budget: usize) -> Self {
        Self {
            read_budget: ReadBudget::new(read_budget),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            stream_wait: STREAM_WAIT,
            stall_timeout: STALL_TIMEOUT,
        }
    }
}
