//! One line of the list of traces.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use trace_model::{Nanos, SpanId, StatusCode, TraceId};

use crate::{
    cost,
    index::{Index, SpanEntry, TraceEntry},
};

/// How many spans of a trace are a service's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpans {
    pub name: Arc<str>,
    pub spans: u64,
    pub errors: u64,
}

/// A trace as the list shows it.
#[derive(Debug, Clone)]
pub struct Summary {
    pub trace_id: TraceId,
    pub version: u64,
    /// Of the earliest span without a parent; of the earliest whose parent is missing when there is none.
    pub root_service: Arc<str>,
    pub root_name: Arc<str>,
    pub start: Nanos,
    /// Nanoseconds from the earliest start to the latest end.
    pub duration: u64,
    pub spans: u64,
    pub errors: u64,
    /// By the order of their first span.
    pub services: Vec<ServiceSpans>,
    /// How many parents are named and not there.
    pub missing: u64,
    /// How many spans name a parent that is not there.
    pub orphans: u64,
    /// The root's `http.response.status_code`.
    pub status_code: Option<u16>,
}

impl Summary {
    pub(crate) fn new(trace_id: TraceId, trace: &TraceEntry, index: &Index) -> Self {
        let ids: HashSet<SpanId> = trace.spans.iter().map(|span| span.id).collect();
        let orphans = trace.spans.iter().filter_map(SpanEntry::parent).filter(|parent| !ids.contains(parent));
        let mut missing = HashSet::new();
        let mut orphaned = 0;
        for parent in orphans {
            orphaned += 1;
            missing.insert(parent);
        }
        let root = root(trace);
        let (start, end) = extent(trace.spans.iter().map(|span| (span.start, span.end)));
        Self {
            trace_id,
            version: trace.version,
            root_service: root.map_or_else(|| "".into(), |span| index.services.text(span.service)),
            root_name: root.map_or_else(|| "".into(), |span| index.operations.text(span.name)),
            start,
            duration: end.since(start),
            spans: trace.spans.len() as u64,
            errors: trace.spans.iter().filter(|span| span.status == StatusCode::Error).count() as u64,
            services: services(trace, index),
            missing: missing.len() as u64,
            orphans: orphaned,
            status_code: root.map(|span| span.http_status).filter(|code| *code > 0),
        }
    }

    /// What it takes. Its names are those of the index.
    pub(crate) fn bytes(&self) -> usize {
        const COUNTERS: usize = 2 * size_of::<usize>();
        cost::allocated(COUNTERS + size_of::<Self>())
            + cost::of_capacity::<ServiceSpans>(self.services.capacity())
    }
}

/// The earliest span without a parent; the earliest whose parent is missing when there is none.
pub(crate) fn root(trace: &TraceEntry) -> Option<&SpanEntry> {
    let earliest = |wanted: &dyn Fn(&&SpanEntry) -> bool| {
        trace.spans.iter().filter(wanted).min_by_key(|span| (span.start, span.id))
    };
    earliest(&|span| span.parent().is_none())
        .or_else(|| {
            let ids: HashSet<SpanId> = trace.spans.iter().map(|span| span.id).collect();
            earliest(&|span| span.parent().is_some_and(|parent| !ids.contains(&parent)))
        })
        .or_else(|| earliest(&|_| true))
}

/// From the earliest start to the latest end. Times that nobody set say nothing about either.
pub(crate) fn extent(times: impl Iterator<Item = (Nanos, Nanos)>) -> (Nanos, Nanos) {
    let (mut start, mut end) = (Nanos::MAX, Nanos::ZERO);
    for (from, to) in times {
        if !from.is_unset() {
            start = start.min(from);
            end = end.max(from);
        }
        end = end.max(to);
    }
    if start == Nanos::MAX { (end, end) } else { (start, end) }
}

fn services(trace: &TraceEntry, index: &Index) -> Vec<ServiceSpans> {
    let mut first: HashMap<_, (Nanos, u64, u64)> = HashMap::new();
    for span in &trace.spans {
        let (start, spans, errors) = first.entry(span.service).or_insert((span.start, 0, 0));
        *start = (*start).min(span.start);
        *spans += 1;
        *errors += u64::from(span.status == StatusCode::Error);
    }
    let mut services: Vec<_> = first
        .into_iter()
        .map(|(service, (start, spans, errors))| {
            (start, ServiceSpans { name: index.services.text(service), spans, errors })
        })
        .collect();
    services.sort_unstable_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    services.into_iter().map(|(_, service)| service).collect()
}
