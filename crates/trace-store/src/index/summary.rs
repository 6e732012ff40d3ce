//! Summary of a trace, as the trace list shows it.

use std::sync::Arc;

use trace_model::{Nanos, TraceId};

use crate::alloc_size;

/// Number of spans of a service in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpans {
    pub name: Arc<str>,
    pub spans: u64,
    pub errors: u64,
}

/// Summary of a trace.
#[derive(Debug, Clone)]
pub struct TraceSummary {
    pub trace_id: TraceId,
    pub version: u64,
    /// Service of the root: the longest span without a parent, or else the longest whose parent is missing.
    pub root_service: Arc<str>,
    pub root_name: Arc<str>,
    pub start: Nanos,
    /// Nanoseconds from the earliest start to the latest end.
    pub duration: u64,
    pub spans: u64,
    pub errors: u64,
    /// In the order of their first span.
    pub services: Vec<ServiceSpans>,
    /// Number of spans that are named as a parent and are not in the trace.
    pub missing_parents: u64,
    /// Number of spans whose parent is not in the trace.
    pub orphans: u64,
    /// `http.response.status_code` of the root.
    pub status_code: Option<u16>,
}

impl TraceSummary {
    /// Memory that it takes. The names belong to the index.
    pub(super) fn bytes(&self) -> usize {
        const COUNTERS: usize = 2 * size_of::<usize>();
        alloc_size::of_bytes(COUNTERS + size_of::<Self>())
            + alloc_size::of_capacity::<ServiceSpans>(self.services.capacity())
    }
}
