//! Computation of a trace's summary from its index entries.

use std::collections::{HashMap, HashSet};

use trace_model::{Nanos, SpanId, StatusCode, TraceId};

use super::{
    entry::SpanEntry,
    names::Names,
    summary::{ServiceSpans, TraceSummary},
    trace_entry::TraceEntry,
};

pub(super) fn summarize(
    trace_id: TraceId,
    trace: &TraceEntry,
    services: &Names,
    operations: &Names,
) -> TraceSummary {
    let ids: HashSet<SpanId> = trace.spans.iter().map(|span| span.id).collect();
    let absent = trace.spans.iter().filter_map(SpanEntry::parent).filter(|parent| !ids.contains(parent));
    let mut missing_parents = HashSet::new();
    let mut orphans = 0;
    for parent in absent {
        orphans += 1;
        missing_parents.insert(parent);
    }
    let root = trace.root();
    let (start, end) = trace.extent();
    TraceSummary {
        trace_id,
        version: trace.version,
        root_service: root.map_or_else(|| "".into(), |span| services.text(span.service)),
        root_name: root.map_or_else(|| "".into(), |span| operations.text(span.name)),
        start,
        duration: end.since(start),
        spans: trace.spans.len() as u64,
        errors: trace.spans.iter().filter(|span| span.status == StatusCode::Error).count() as u64,
        services: spans_of_services(trace, services),
        missing_parents: missing_parents.len() as u64,
        orphans,
        status_code: root.map(|span| span.http_status).filter(|code| *code > 0),
    }
}

fn spans_of_services(trace: &TraceEntry, names: &Names) -> Vec<ServiceSpans> {
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
            (start, ServiceSpans { name: names.text(service), spans, errors })
        })
        .collect();
    services.sort_unstable_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    services.into_iter().map(|(_, service)| service).collect()
}
