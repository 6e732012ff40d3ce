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

/// The verdicts of the listed traces that have one, by trace.
pub(super) async fn of_listed(
    state: &web::Data<State>,
    listed: &[Arc<TraceSummary>],
) -> HashMap<TraceId, TraceVerdict> {
    let mut verdicts = HashMap::with_capacity(listed.len());
    let mut unjudged: Vec<TraceId> = Vec::new();
    let mut spans = 0;
    for summary in listed {
        if let Some(verdict) = state.verdicts.get(summary.trace_id, summary.version) {
            verdicts.insert(summary.trace_id, verdict);
        } else if unjudged.is_empty() || spans + summary.spans <= MAX_SPANS {
            unjudged.push(summary.trace_id);
            spans += summary.spans;
        }
    }
    let located = unjudged.iter().filter_map(|id| state.store.locate(*id));
    let located: Vec<LocatedTrace> = located.filter(|trace| trace.bytes() <= MAX_TRACE_BYTES).collect();
    // They are read one after the other.
    let bytes = located.iter().map(LocatedTrace::bytes).max().unwrap_or_default();
    let Ok(_permit) = state.stream_limits.read_budget.acquire(bytes).await else { return verdicts };
    let state = state.clone();
    let judge = move || {
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
