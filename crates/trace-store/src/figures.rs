//! Figures over all spans that are held: rate, errors and durations of each operation; who calls whom.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use trace_model::{Nanos, SpanId, SpanKind, StatusCode};

use crate::{index::Index, names::NameId};

/// What one operation of a service did in the time looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFigures {
    pub service: Arc<str>,
    pub name: Arc<str>,
    pub kind: SpanKind,
    pub spans: u64,
    pub errors: u64,
    /// Nanoseconds.
    pub p50: u64,
    pub p95: u64,
    pub p99: u64,
    pub max: u64,
}

/// How often one service called another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub parent: Arc<str>,
    pub child: Arc<str>,
    pub calls: u64,
    /// Of them, those that the called service ended as errors.
    pub errors: u64,
}

type Operation = (NameId, NameId, SpanKind);

/// Of the spans that start between `from` and `to`, sorted by service and name.
pub(crate) fn operations(index: &Index, from: Nanos, to: Nanos) -> Vec<OperationFigures> {
    let mut durations: HashMap<Operation, (Vec<u64>, u64), RandomState> = HashMap::default();
    let spans = index.traces.values().flat_map(|trace| &trace.spans);
    for span in spans.filter(|span| from <= span.start && span.start <= to) {
        let (all, errors) = durations.entry((span.service, span.name, span.kind)).or_default();
        all.push(span.end.since(span.start));
        *errors += u64::from(span.status == StatusCode::Error);
    }
    let mut figures: Vec<_> = durations
        .into_iter()
        .map(|((service, name, kind), (mut all, errors))| {
            all.sort_unstable();
            OperationFigures {
                service: index.services.text(service),
                name: index.operations.text(name),
                kind,
                spans: all.len() as u64,
                errors,
                p50: percentile(&all, 50),
                p95: percentile(&all, 95),
                p99: percentile(&all, 99),
                max: all.last().copied().unwrap_or_default(),
            }
        })
        .collect();
    figures.sort_unstable_by(|a, b| {
        (&a.service, &a.name, a.kind.as_str()).cmp(&(&b.service, &b.name, b.kind.as_str()))
    });
    figures
}

/// The smallest value that so many percent of all are not above.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// An edge wherever a span's parent is another service's. Of traces of which a span starts in the time.
pub(crate) fn calls(index: &Index, from: Nanos, to: Nanos) -> Vec<Calls> {
    let mut edges: HashMap<(NameId, NameId), (u64, u64), RandomState> = HashMap::default();
    let mut services: HashMap<SpanId, NameId, RandomState> = HashMap::default();
    for trace in index.traces.values() {
        if !trace.spans.iter().any(|span| from <= span.start && span.start <= to) {
            continue;
        }
        services.clear();
        services.extend(trace.spans.iter().map(|span| (span.id, span.service)));
        for span in &trace.spans {
            let Some(parent) = span.parent().and_then(|parent| services.get(&parent)) else { continue };
            if *parent != span.service {
                let (calls, errors) = edges.entry((*parent, span.service)).or_default();
                *calls += 1;
                *errors += u64::from(span.status == StatusCode::Error);
            }
        }
    }
    let mut calls: Vec<_> = edges
        .into_iter()
        .map(|((parent, child), (calls, errors))| Calls {
            parent: index.services.text(parent),
            child: index.services.text(child),
            calls,
            errors,
        })
        .collect();
    calls.sort_unstable_by(|a, b| (&a.parent, &a.child).cmp(&(&b.parent, &b.child)));
    calls
}
