//! The way back along links: which spans link to a span.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use trace_model::{SpanId, TraceId};

use crate::cost;

/// How many links to the spans of one trace are kept; a page that shows more helps nobody.
const MAX_PER_TRACE: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Backlink {
    target: SpanId,
    from: (TraceId, SpanId),
}

#[derive(Debug, Default)]
pub(crate) struct Links {
    to: HashMap<TraceId, Vec<Backlink>, RandomState>,
    /// What the lists take.
    bytes: usize,
}

impl Links {
    /// Notes a link; false when it was not taken and so must not be removed.
    pub(crate) fn add(&mut self, from: (TraceId, SpanId), target: (TraceId, SpanId)) -> bool {
        let links = self.to.entry(target.0).or_default();
        let room = links.len() < MAX_PER_TRACE;
        if room {
            self.bytes -= bytes(links);
            if links.is_empty() {
                links.reserve_exact(1); // most have no other
            }
            links.push(Backlink { target: target.1, from });
            self.bytes += bytes(links);
        }
        room
    }

    /// Forgets every link from one trace to another.
    pub(crate) fn remove(&mut self, from: TraceId, target: TraceId) {
        if let Some(links) = self.to.get_mut(&target) {
            self.bytes -= bytes(links);
            links.retain(|link| link.from.0 != from);
            if links.is_empty() {
                self.to.remove(&target);
                self.give_back();
            } else {
                self.bytes += bytes(links);
            }
        }
    }

    fn give_back(&mut self) {
        if self.to.capacity() / 4 >= self.to.len() {
            self.to.shrink_to(self.to.len() * 2);
        }
    }

    pub(crate) fn to(&self, trace: TraceId, span: SpanId) -> Vec<(TraceId, SpanId)> {
        let links = self.to.get(&trace).map(Vec::as_slice).unwrap_or_default();
        links.iter().filter(|link| link.target == span).map(|link| link.from).collect()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes + cost::allocated(self.to.allocation_size())
    }
}

fn bytes(links: &Vec<Backlink>) -> usize {
    cost::of_capacity::<Backlink>(links.capacity())
}
