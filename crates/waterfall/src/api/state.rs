//! State that all API handlers share.

use std::sync::{Arc, atomic::AtomicUsize};

use actix_web::http::header::EntityTag;
use process::Shutdown;
use tokio::sync::Semaphore;
use trace_store::Store;

use super::{
    accepted::Accepted, diagnosis::Diagnostician, streaming_body::StreamLimits, trace_verdict::VerdictCache,
};
use crate::{announce::Endpoints, changes::Changes, honeycomb::HoneycombPages, receiver::Receiver};

#[derive(Debug)]
pub(crate) struct State {
    pub(super) store: Arc<Store>,
    pub(super) changes: Arc<Changes>,
    /// The addresses of this process, for the commands that the page shows.
    pub(super) endpoints: Endpoints,
    /// A request that is traced.
    pub(super) example_url: Option<String>,
    /// Where Honeycomb shows the same traces.
    pub(super) honeycomb: Option<HoneycombPages>,
    /// Stores imported files.
    pub(super) receiver: Arc<Receiver>,
    pub(super) shutdown: Shutdown,
    /// Open live update streams.
    pub(super) streams: Arc<AtomicUsize>,
    /// Those of them that have a query.
    pub(super) filtered_streams: Arc<AtomicUsize>,
    /// Limits of streamed responses, and the read budget.
    pub(super) stream_limits: StreamLimits,
    /// What the trace list says of traces that were listed before.
    pub(super) verdicts: VerdictCache,
    pub(super) diagnostician: Diagnostician,
    /// Held while metrics are computed.
    pub(super) metrics_turn: Arc<Semaphore>,
    /// Distinguishes versions of this process from those of an earlier one.
    started: u64,
}

impl State {
    pub(crate) fn new(
        store: Arc<Store>,
        changes: Arc<Changes>,
        receiver: Arc<Receiver>,
        shutdown: Shutdown,
        read_budget: usize,
        endpoints: Endpoints,
        example_url: Option<String>,
    ) -> Self {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        let started = u64::try_from(now.as_micros()).unwrap_or_default();
        let stream_limits = StreamLimits::new(read_budget);
        Self {
            diagnostician: Diagnostician::new(store.clone(), stream_limits.read_budget.clone()),
            store,
            changes,
            endpoints,
            example_url,
            honeycomb: None,
            receiver,
            shutdown,
            streams: Arc::default(),
            filtered_streams: Arc::default(),
            stream_limits,
            verdicts: VerdictCache::default(),
            metrics_turn: Arc::new(Semaphore::new(1)),
            started,
        }
    }

    /// Leaves findings out that are known and accepted.
    pub(crate) fn with_accepted(self, accepted: Accepted) -> Self {
        Self { diagnostician: self.diagnostician.with_accepted(accepted), ..self }
    }

    /// Links traces to Honeycomb's pages.
    pub(crate) fn with_honeycomb(self, honeycomb: Option<HoneycombPages>) -> Self {
        Self { honeycomb, ..self }
    }

    /// The entity tag of a response made from one version of a trace.
    pub(super) fn tag(&self, version: u64) -> EntityTag {
        EntityTag::new_weak(format!("{:x}-{version:x}", self.started))
    }

    /// The same, where several responses are made from one version.
    pub(super) fn tag_of_variant(&self, version: u64, variant: &str) -> EntityTag {
        EntityTag::new_weak(format!("{:x}-{version:x}-{variant}", self.started))
    }
}
