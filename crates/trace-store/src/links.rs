//! The way back along links: which spans link to a span.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use trace_model::{SpanId, TraceId};

/// How many links to the spans of one trace are kept; a page that shows more helps nobody.
const MAX_PER_TRACE: usize = 1024;

/// One entry's share of its vector and the map.
const BYTES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlink {
    target: SpanId,
    from: (TraceId, SpanId),
}

#[derive(Debug, Default)]
pub(crate) struct Links {
    to: HashMap<TraceId, Vec<Backlink>, RandomState>,
    count: usize,
}

impl Links {
    /// Notes a link; false when it was not taken and so must not be removed.
    pub(crate) fn add(&mut self, from: (TraceId, SpanId), target: (TraceId, SpanId)) -> bool {
        let links = self.to.entry(target.0).or_default();
        let room = links.len() < MAX_PER_TRACE;
        if room {
            links.push(Backlink { target: target.1, from });
            self.count += 1;
        }
        room
    }

    /// Forgets every link from one trace to another.
    pub(crate) fn remove(&mut self, from: TraceId, target: TraceId) {
        if let Some(links) = self.to.get_mut(&target) {
            let before = links.len();
            links.retain(|link| link.from.0 != from);
            self.count -= before - links.len();
            if links.is_empty() {
                self.to.remove(&target);
            }
        }
    }

    pub(crate) fn to(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        let links = self.to.get(&trace).map(Vec::as_slice).unwrap_or_default();
        links.iter().filter(|link| link.target == span).map(|link| link.from).collect()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.count * BYTES
    }
}
