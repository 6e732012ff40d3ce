//! Reverse index of links: which spans link to a span.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use trace_model::{SpanId, TraceId};

use crate::alloc_size;

/// Indexed links to the spans of one trace. The page shows no more.
const MAX_PER_TRACE: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlink {
    target: SpanId,
    from: (TraceId, SpanId),
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is the first one from its trace to the other trace.
    FirstOfTrace,
    Further,
    /// It was not added, and must not be removed.
    NoRoom,
}

#[derive(Debug, Default)]
pub(crate) struct Links {
    to: HashMap<TraceId, Vec<Backlink>, RandomState>,
    /// Bytes of the lists.
    bytes: usize,
}

impl Links {
    /// Adds a link.
    pub(crate) fn add(&mut self, from: (TraceId, SpanId), target: (TraceId, SpanId)) -> Added {
        let links = self.to.entry(target.0).or_default();
        if links.len() >= MAX_PER_TRACE {
            return Added::NoRoom;
        }
        // The links of one trace mostly follow each other.
        let is_first = !links.iter().rev().any(|link| link.from.0 == from.0);
        self.bytes -= bytes(links);
        if links.is_empty() {
            links.reserve_exact(1); // most have only one
        }
        links.push(Backlink { target: target.1, from });
        self.bytes += bytes(links);
        if is_first { Added::FirstOfTrace } else { Added::Further }
    }

    /// Removes all links from one trace to another.
    pub(crate) fn remove(&mut self, from: TraceId, target: TraceId) {
        if let Some(links) = self.to.get_mut(&target) {
            self.bytes -= bytes(links);
            links.retain(|link| link.from.0 != from);
            if links.is_empty() {
                self.to.remove(&target);
                self.shrink();
            } else {
                self.bytes += bytes(links);
            }
        }
    }

    fn shrink(&mut self) {
        if self.to.capacity() / 4 >= self.to.len() {
            self.to.shrink_to(self.to.len() * 2);
        }
    }

    /// The spans that link to a span.
    pub(crate) fn to(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        let links = self.to.get(&trace).map(Vec::as_slice).unwrap_or_default();
        links.iter().filter(|link| link.target == span).map(|link| link.from).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes + alloc_size::of_bytes(self.to.allocation_size())
    }
}

fn bytes(links: &Vec<Backlink>) -> usize {
    alloc_size::of_capacity::<Backlink>(links.capacity())
}
