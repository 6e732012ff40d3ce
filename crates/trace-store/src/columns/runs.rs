//! Which spans of which traces the numbers in a chunk stand for.

use std::ops::Range;

use super::Record;
use crate::{marked::Spans, traces::Slot};

/// Spans of one trace that stand together in a chunk, and in the trace.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    /// The number of the first among the spans that were stored of the chunk.
    pub(super) first: u32,
    /// The place of the first in its trace.
    pub(super) place: u32,
    /// When the trace is gone another may lie there.
    pub(super) slot: Slot,
}

/// Spans that were found, told of together where they stand together.
pub(super) struct Gathering<'c, F> {
    runs: &'c [Run],
    found: F,
    /// How many there were.
    pub(super) count: usize,
    /// One of them is any: what a resource says.
    pub(super) has_any: bool,
    /// The run of the last one, and the numbers in it.
    at: usize,
    run: Run,
    numbers: Range<u32>,
    spans: Spans,
}

impl<'c, F: FnMut(Slot, Spans)> Gathering<'c, F> {
    pub(super) fn new(runs: &'c [Run], found: F) -> Self {
        let (run, numbers, spans) = (Run::default(), 0..0, Spans::NONE);
        Self { runs, found, count: 0, has_any: false, at: 0, run, numbers, spans }
    }

    pub(super) fn add(&mut self, record: Record) {
        self.count += 1;
        let Some(number) = record.number() else {
            self.has_any = true;
            return;
        };
        if !self.numbers.contains(&number) {
            self.tell();
            self.go_to(number);
        }
        let place = self.run.place.wrapping_add(number.wrapping_sub(self.run.first));
        self.spans = self.spans.or(Spans::of(place as usize));
    }

    /// Tells of those that were not told of yet.
    pub(super) fn tell(&mut self) {
        let spans = std::mem::replace(&mut self.spans, Spans::NONE);
        if !spans.is_none() {
            (self.found)(self.run.slot, spans);
        }
    }

    /// All of them, and how many those are.
    pub(super) fn tell_all(&mut self) -> usize {
        for run in self.runs {
            (self.found)(run.slot, Spans::ALL);
        }
        self.runs.len()
    }

    fn go_to(&mut self, number: u32) {
        let first = |at: usize| self.runs.get(at).map_or(u32::MAX, |run| run.first);
        // Mostly the next.
        let next = self.at + 1;
        let is_next = first(next) <= number && number < first(next + 1);
        self.at = if is_next {
            next
        } else {
            self.runs.partition_point(|run| run.first <= number).saturating_sub(1)
        };
        self.run = self.runs.get(self.at).copied().unwrap_or_default();
        self.numbers = self.run.first..first(self.at + 1);
    }
}
