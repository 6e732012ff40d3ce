//! Analyses the traces of one listing, within limits.
//!
//! A listing analyses the traces that no earlier listing did, up to [`MAX_SPANS`]. The others are listed without a
//! verdict, and get theirs from a later listing, of which the page makes one with every change. A trace above
//! [`MAX_TRACE_BYTES`] has none: a listing must not take the memory of the largest trace.

use std::{collections::HashMap, sync::Arc};

use actix_web::web;
use trace_model::TraceId;
use trace_store::{LocatedTrace, StoredTrace, TraceSummary};

use super::{state::State, trace_verdict::TraceVerdict};

/// Spans that one listing analyses: about a tenth of a second. The first trace is analysed whatever its size.
const MAX_SPANS: u64 = 100_000;
/// Decompressed size of a trace that a listing reads.
const MAX_TRACE_BYTES: usize = 16 << 20;
/// Spans of the traces above that size that one listing may look up.
const MAX_TOO_LARGE: u64 = 20 * MAX_SPANS;

/// The verdicts of the listed traces that have one, by trace.
pub(super) async fn of_listed(
    state: &web::Data<State>,
    listed: &[Arc<TraceSummary>],
) -> HashMap<TraceId, TraceVerdict> {
    let mut verdicts = HashMap::with_capacity(listed.len());
    let mut located: Vec<LocatedTrace> = Vec::new();
    let (mut spans, mut too_large) = (0, 0);
    for summary in listed {
        if let Some(verdict) = state.verdicts.get(summary.trace_id, summary.version) {
            verdicts.insert(summary.trace_id, verdict);
        } else if too_large <= MAX_TOO_LARGE && (located.is_empty() || spans + summary.spans <= MAX_SPANS) {
            match state.store.locate(summary.trace_id) {
                Some(trace) if trace.bytes() <= MAX_TRACE_BYTES => {
                    located.push(trace);
                    spans += summary.spans;
                }
                Some(_) => too_large += summary.spans,
                None => {}
            }
        }
    }
    // They are read one after the other.
    let bytes = located.iter().map(LocatedTrace::bytes).max().unwrap_or_default();
    let Ok(permit) = state.stream_limits.read_budget.acquire(bytes).await else { return verdicts };
    let state = state.clone();
    let judge = move || {
        // The memory is in use as long as this runs, also when the client is gone.
        let _permit = permit;
        let judge = |trace: StoredTrace| {
            let verdict = TraceVerdict::new(&trace);
            state.verdicts.insert(trace.trace_id, trace.version, verdict);
            (trace.trace_id, verdict)
        };
        LocatedTrace::read_each(located).map(judge).collect::<Vec<_>>()
    };
    verdicts.extend(web::block(judge).await.unwrap_or_default());
    verdicts
}
