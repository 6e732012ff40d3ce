//! The same trace by one clock: the root's.
//!
//! This is likely, not certain: each offset has an uncertainty, and a clock may have been set in the middle of the trace.

use std::collections::HashMap;

use crate::{Nanos, Origin, Span};

use super::{
    clocks::{ClockOffset, ClocksByProcess},
    rows::Process,
};

/// How far the clock of each span's process is ahead of the root's.
pub struct ClockTable<'a, 'c> {
    clocks: ClocksByProcess<'c>,
    /// By the bytes of the resource, which most spans of a process share.
    known: HashMap<&'a [u8], i64>,
}

impl<'a, 'c> ClockTable<'a, 'c> {
    pub fn new(clocks: &'c [ClockOffset]) -> Self {
        Self { clocks: ClocksByProcess::new(clocks), known: HashMap::new() }
    }

    /// Nanoseconds; 0 where the clocks agree.
    pub fn ahead(&mut self, origin: &Origin<'a>) -> i64 {
        if self.clocks.is_empty() {
            return 0;
        }
        let ahead = || self.clocks.ahead(&Process::of(&origin.resource));
        *self.known.entry(origin.resource.raw).or_insert_with(ahead)
    }

    /// Start and end of a span by the root's clock.
    fn corrected(&mut self, origin: &Origin<'a>, span: &Span<'a>) -> (Nanos, Nanos) {
        let ahead = self.ahead(origin);
        let earlier = |time: Nanos| {
            if time.is_unset() {
                return time;
            }
            Nanos::from_unix(time.as_unix().saturating_add_signed(ahead.saturating_neg()))
        };
        (earlier(span.start), earlier(span.end))
    }
}

/// The spans with the times of every clock that is off moved by its offset. The spans keep their order.
pub fn correct_clocks<'a>(
    spans: &[(Origin<'a>, Span<'a>)],
    clocks: &[ClockOffset],
) -> Vec<(Origin<'a>, Span<'a>)> {
    let mut table = ClockTable::new(clocks);
    let mut moved = |(origin, span): &(Origin<'a>, Span<'a>)| {
        let mut corrected = span.clone();
        (corrected.start, corrected.end) = table.corrected(origin, span);
        (*origin, corrected)
    };
    spans.iter().map(&mut moved).collect()
}

/// The first start and the last end. Where no span has a start time, both are the last end.
pub fn extent(spans: &[(Origin<'_>, Span<'_>)]) -> (Nanos, Nanos) {
    let mut extent: Option<(Nanos, Nanos)> = None;
    for (_, Span { start, end, .. }) in spans {
        let (start, end) = (*start, *end);
        let (first, last) = extent.unwrap_or((start, end));
        // A span without a start time says nothing of the start.
        let first = if start.is_unset() || (start > first && !first.is_unset()) { first } else { start };
        extent = Some((first, last.max(end).max(start)));
    }
    let (first, last) = extent.unwrap_or_default();
    if first.is_unset() { (last, last) } else { (first, last) }
}
