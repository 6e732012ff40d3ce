//! Spans that a column scan found in traces that the search has not reached yet.

use crate::{
    attributes::SpanMask,
    trace_slot::{PAGE, TraceSlot},
};

/// Budget of one search, in pages with a set of spans for each trace: 131,072 traces in 512 KiB. The traces of one
/// chunk need up to 65 pages. Many more are needed only if most traces continue in much newer chunks than they began
/// in.
pub(super) const PAGE_BUDGET: usize = 2_048;

/// Spans that were found for one condition, by trace.
#[derive(Debug)]
pub(super) struct PendingSpans {
    pages: Vec<Page>,
    /// The spans of a trace for which there was no budget to store a set.
    over_budget: SpanMask,
}

/// The traces of one page of the trace table.
#[derive(Debug, Default)]
struct Page {
    /// A bit for each trace in which spans were found.
    traces: u64,
    /// The spans of each trace. `None` when there was no budget.
    spans: Option<Box<[SpanMask; PAGE]>>,
}

const _: () = assert!(PAGE <= u64::BITS as usize);

impl PendingSpans {
    pub(super) const fn new(over_budget: SpanMask) -> Self {
        Self { pages: Vec::new(), over_budget }
    }

    /// Adds spans of a trace. Takes a page from the budget if it needs one.
    pub(super) fn add(&mut self, slot: TraceSlot, spans: SpanMask, budget: &mut usize) {
        if self.pages.len() <= slot.page() {
            self.pages.resize_with(slot.page() + 1, Page::default);
        }
        let Some(page) = self.pages.get_mut(slot.page()) else { return };
        if page.traces == 0 && *budget > 0 {
            *budget -= 1;
            page.spans = Some(Box::new([SpanMask::NONE; PAGE]));
        }
        page.traces |= 1 << slot.position();
        if let Some(others) = page.spans_of(slot) {
            *others = others.or(spans);
        }
    }

    /// The spans that were found in a trace.
    pub(super) fn get(&self, slot: TraceSlot) -> SpanMask {
        match self.pages.get(slot.page()) {
            Some(page) if page.has(slot) => {
                page.spans.as_ref().map_or(self.over_budget, |spans| spans[slot.position()])
            }
            _ => SpanMask::NONE,
        }
    }

    /// Removes the spans of a trace. Returns the page to the budget if it was the last.
    pub(super) fn remove(&mut self, slot: TraceSlot, budget: &mut usize) {
        let Some(page) = self.pages.get_mut(slot.page()).filter(|page| page.has(slot)) else { return };
        page.traces &= !(1 << slot.position());
        if let Some(spans) = page.spans_of(slot) {
            *spans = SpanMask::NONE;
        }
        if page.traces == 0 && page.spans.take().is_some() {
            *budget += 1;
        }
    }
}

impl Page {
    const fn has(&self, slot: TraceSlot) -> bool {
        self.traces & 1 << slot.position() != 0
    }

    fn spans_of(&mut self, slot: TraceSlot) -> Option<&mut SpanMask> {
        self.spans.as_mut()?.get_mut(slot.position())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn slot_of(number: usize) -> TraceSlot {
        TraceSlot::new(number / PAGE, number % PAGE)
    }

    proptest! {
        #[test]
        fn spans_are_as_added_or_the_default_when_over_budget(
            budget in 0..8_usize,
            over_budget in prop::sample::select(vec![SpanMask::ALL, SpanMask::NONE]),
            steps in prop::collection::vec((0..320_usize, prop::option::of(0..32_usize)), 0..60),
        ) {
            let (mut pending, mut free, mut expected) = (PendingSpans::new(over_budget), budget, HashMap::new());
            for (slot, span) in steps {
                if let Some(span) = span {
                    pending.add(slot_of(slot), SpanMask::of(span), &mut free);
                    let known = expected.entry(slot).or_insert(SpanMask::NONE);
                    *known = known.or(SpanMask::of(span));
                } else {
                    pending.remove(slot_of(slot), &mut free);
                    expected.remove(&slot);
                }
                for slot in 0..320 {
                    let (found, known) = (pending.get(slot_of(slot)), expected.get(&slot).copied());
                    // There are five pages, so that a budget of five suffices.
                    prop_assert!(
                        found == known.unwrap_or(SpanMask::NONE)
                            || budget < 5 && known.is_some() && found == over_budget
                    );
                }
            }
            for slot in 0..320 {
                pending.remove(slot_of(slot), &mut free);
            }
            prop_assert_eq!(free, budget);
        }
    }
}
