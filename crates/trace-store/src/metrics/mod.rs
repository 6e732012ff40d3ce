//! Metrics over all stored spans: rate, errors and durations of services and operations, and the service map.
//!
//! Samples are collected in rounds (`collect`), each under the index's lock for some thousand traces. They are sorted
//! and counted (`durations`, `calls`) without the lock.
//!
//! The names are those of senders, so each list has a bound (`bounded`), and says how many items it lacks.

mod bounded;
mod calls;
mod collect;
mod durations;
mod query;
mod sample;
mod trace_calls;

use std::{collections::HashMap, ops::Deref, sync::Arc};

use trace_model::{Nanos, SpanKind};

pub use self::{
    calls::{CallEdge, CallNode},
    durations::{Durations, Series},
    query::MetricsQuery,
};
use self::{collect::Samples, durations::Intervals, sample::Sample};
use crate::index::Index;

/// Operations in the result. The least used ones are left out.
const MAX_OPERATIONS: usize = 1_000;
/// Services in the result. The least used ones are left out.
const MAX_SERVICES: usize = 1_000;

/// Metrics of one operation of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationMetrics {
    pub service: Arc<str>,
    pub name: Arc<str>,
    pub kind: SpanKind,
    pub total: Durations,
    pub series: Series,
}

/// Metrics of a service, over its entry spans: its server and consumer spans, and its root spans. A service without any is
/// measured by all its spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMetrics {
    pub name: Arc<str>,
    /// False where all its spans are measured.
    pub has_entries: bool,
    /// The kinds of the measured spans, sorted by name.
    pub kinds: Vec<SpanKind>,
    pub total: Durations,
    pub series: Series,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// The range of the series: that of the query, or the range of the spans, at most their last day.
    pub from: Nanos,
    pub to: Nanos,
    /// Sorted by service and name.
    pub operations: Vec<OperationMetrics>,
    /// Sorted by name.
    pub services: Vec<ServiceMetrics>,
    /// Sorted by caller and callee.
    pub calls: Vec<CallEdge>,
    pub left_out: LeftOut,
}

/// How many items the lists lack: the least used ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub services: usize,
    pub operations: usize,
    pub calls: usize,
}

/// Computes the metrics of all spans in a time range.
pub(crate) fn compute<L: Deref<Target = Index>>(query: MetricsQuery, lock: impl Fn() -> L) -> Metrics {
    let Samples { operations, calls, services: names } = collect::collect(query, lock);
    let totals = (names.total(), operations.total(), calls.total());
    let (operations, calls) = (operations.items, calls.items);
    let mut intervals = Intervals::new(query, operations.iter().flat_map(|operation| &operation.spans));
    let services = services(&operations, &mut intervals);
    let operations = most_used(operations, &mut intervals);
    let (from, to) = (intervals.from, intervals.to);
    let calls = calls::edges(calls);
    let left_out = LeftOut {
        services: totals.0.saturating_sub(services.len()),
        operations: totals.1.saturating_sub(operations.len()),
        calls: totals.2.saturating_sub(calls.len()),
    };
    Metrics { from, to, operations, services, calls, left_out }
}

fn services(operations: &[collect::Operation], intervals: &mut Intervals) -> Vec<ServiceMetrics> {
    let mut by_service: HashMap<Arc<str>, Vec<&collect::Operation>> = HashMap::new();
    for operation in operations {
        by_service.entry(operation.service.clone()).or_default().push(operation);
    }
    let mut by_service: Vec<_> = by_service.into_iter().collect();
    if by_service.len() > MAX_SERVICES {
        let spans = |operations: &[&collect::Operation]| -> usize {
            operations.iter().map(|operation| operation.spans.len()).sum()
        };
        by_service
            .sort_by_cached_key(|(name, operations)| (std::cmp::Reverse(spans(operations)), name.clone()));
        by_service.truncate(MAX_SERVICES);
    }
    let mut services: Vec<_> = by_service
        .into_iter()
        .map(|(name, operations)| {
            let is_entry = |sample: &Sample| sample.outcome.is_entry();
            let of_entries: Vec<_> =
                operations.iter().filter(|operation| operation.spans.iter().any(is_entry)).copied().collect();
            let has_entries = !of_entries.is_empty();
            let measured = if has_entries { of_entries } else { operations };
            let mut kinds: Vec<_> = measured.iter().map(|operation| operation.kind).collect();
            kinds.sort_unstable_by_key(|kind| kind.as_str());
            kinds.dedup();
            let spans = measured.into_iter().flat_map(|operation| &operation.spans);
            let (total, series) = intervals.statistics(spans.filter(|span| !has_entries || is_entry(span)));
            ServiceMetrics { name, has_entries, kinds, total, series }
        })
        .collect();
    services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    services
}

fn most_used(mut operations: Vec<collect::Operation>, intervals: &mut Intervals) -> Vec<OperationMetrics> {
    if operations.len() > MAX_OPERATIONS {
        operations.sort_unstable_by_key(|operation| std::cmp::Reverse(operation.spans.len()));
        operations.truncate(MAX_OPERATIONS);
    }
    let mut operations: Vec<_> = operations
        .into_iter()
        .map(|collect::Operation { service, name, kind, spans }| {
            let (total, series) = intervals.statistics(spans.iter());
            OperationMetrics { service, name, kind, total, series }
        })
        .collect();
    operations.sort_unstable_by(|a, b| {
        (&a.service, &a.name, a.kind.as_str()).cmp(&(&b.service, &b.name, b.kind.as_str()))
    });
    operations
}
