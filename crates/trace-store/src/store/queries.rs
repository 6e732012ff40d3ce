//! Queries of a store.

use std::{collections::HashSet, sync::Arc};

use trace_model::{SpanId, SpanKind, TraceId};

use super::Store;
use crate::{
    complete::{self, Completion},
    index::{Cursor, TraceSummary},
    metrics::{self, Metrics, MetricsQuery},
    query::Query,
    read::{LocatedLogs, LocatedTrace, StoredLogs, StoredTrace},
    search::{self, Search, SearchPage},
};

/// Keys or values of attributes, sorted.
#[derive(Debug, Clone)]
pub struct KnownTexts {
    pub texts: Vec<Arc<str>>,
    /// False when there were too many to know them all.
    pub is_complete: bool,
}

impl Store {
    /// Reads a trace. `None` before its first span.
    pub fn trace(&self, id: TraceId) -> Option<StoredTrace> {
        Some(self.locate(id)?.read())
    }

    /// Locates one span of a trace. Several spans may have the id; `occurrence` counts them in the order of arrival.
    pub fn locate_span(&self, id: TraceId, span: SpanId, occurrence: usize) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id)?;
        let found = trace.spans.iter().filter(|entry| entry.id == span).nth(occurrence)?;
        Some(LocatedTrace::new(id, trace, std::iter::once(found), &index.chunks))
    }

    /// Locates a trace without reading it. `None` before its first span.
    pub fn locate(&self, id: TraceId) -> Option<LocatedTrace> {
        let index = self.lock();
        let trace = index.traces.get(&id).filter(|trace| !trace.spans.is_empty())?;
        Some(LocatedTrace::new(id, trace, trace.spans.iter(), &index.chunks))
    }

    /// Reads the first `limit` log records of a trace by time. They may arrive before its spans.
    pub fn logs(&self, id: TraceId, limit: usize) -> Option<StoredLogs> {
        Some(self.locate_logs(id, limit)?.read())
    }

    /// [`Self::logs`] without reading them.
    pub fn locate_logs(&self, id: TraceId, limit: usize) -> Option<LocatedLogs> {
        let index = self.lock();
        Some(LocatedLogs::new(index.traces.get(&id)?, &index.chunks, limit))
    }

    /// Whether a trace has spans, without reading it.
    pub fn has_spans(&self, id: TraceId) -> bool {
        self.lock().traces.get(&id).is_some_and(|trace| !trace.spans.is_empty())
    }

    /// The version of a trace, without reading it.
    pub fn version(&self, id: TraceId) -> Option<u64> {
        self.lock().traces.get(&id).map(|trace| trace.version)
    }

    /// Summaries of the newest traces by arrival, at most `limit`.
    pub fn latest(&self, limit: usize) -> Vec<Arc<TraceSummary>> {
        let mut index = self.lock();
        let ids: Vec<_> = index.newest().take(limit).collect();
        ids.into_iter().filter_map(|id| index.summary(id)).collect()
    }

    /// Summaries of the traces that arrived around a trace, itself first, at most `limit`. None before its first span.
    pub fn around(&self, id: TraceId, limit: usize) -> Vec<Arc<TraceSummary>> {
        let mut index = self.lock();
        if index.traces.get(&id).is_none_or(|trace| trace.spans.is_empty()) {
            return Vec::new();
        }
        let ids: Vec<_> = index.around(id).take(limit).collect();
        ids.into_iter().filter_map(|id| index.summary(id)).collect()
    }

    /// Finds the newest traces that match, at most `limit`. One span and its trace must match all terms. The search
    /// has a read limit; it continues at [`SearchPage::next`].
    pub fn search(&self, query: &Query, limit: usize) -> SearchPage {
        self.search_from(query, limit, None)
    }

    /// [`Self::search`], continuing where an earlier search stopped.
    pub fn search_from(&self, query: &Query, limit: usize, from: Option<Cursor>) -> SearchPage {
        let mut search = Search::new(query, limit, from);
        while search.advance(|| self.lock()) {}
        search.finish(&self.lock())
    }

    /// Those of the given traces that match.
    pub fn matching(&self, query: &Query, ids: impl Iterator<Item = TraceId>) -> Vec<TraceId> {
        search::matching(query, ids, || self.lock())
    }

    /// Completions at a byte offset of an unfinished query.
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        complete::complete(&self.lock(), text, at)
    }

    /// Rate, errors and durations of all services and operations, and the service map.
    pub fn metrics(&self, query: MetricsQuery) -> Metrics {
        metrics::compute(query, || self.lock())
    }

    /// Keys of attributes.
    pub fn attribute_keys(&self) -> KnownTexts {
        let dictionary = &self.lock().dictionary;
        KnownTexts { texts: dictionary.keys().cloned().collect(), is_complete: dictionary.has_all_keys() }
    }

    /// Values of an attribute.
    pub fn attribute_values(&self, key: &str) -> KnownTexts {
        let dictionary = &self.lock().dictionary;
        let texts = dictionary.values(key).cloned().collect();
        KnownTexts { texts, is_complete: dictionary.has_all_values(key) }
    }

    /// Names of the services that have spans, sorted.
    pub fn services(&self) -> Vec<Arc<str>> {
        let mut names = self.lock().services.all();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Operations of a service: the names and kinds of its spans, sorted by name, each once.
    pub fn operations(&self, service: &str) -> Vec<(Arc<str>, SpanKind)> {
        let index = self.lock();
        let Some(service) = index.services.find(service, None) else { return Vec::new() };
        let spans =
            index.traces.values().flat_map(|trace| &trace.spans).filter(|span| span.service == service);
        let found: HashSet<_> = spans.map(|span| (span.name, span.kind)).collect();
        let mut operations: Vec<_> =
            found.into_iter().map(|(name, kind)| (index.operations.text(name), kind)).collect();
        operations.sort_unstable_by(|a, b| (&a.0, a.1.as_str()).cmp(&(&b.0, b.1.as_str())));
        operations.dedup(); // operations of the same name call different peers
        operations
    }

    /// The spans that link to a span.
    pub fn linked_from(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        self.lock().links.to(trace, span)
    }
}
