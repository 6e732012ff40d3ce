//! What a search was told of traces that it has still to come to.

use crate::{
    marked::Spans,
    traces::{PAGE, Slot},
};

/// Pages of traces of which the spans are told apart, in one search: 131,072 traces in 512 KiB. Those that lie in one chunk
/// need up to 65, so that many more are needed only where most traces go on in much newer chunks than they began in.
pub(super) const ROOM: usize = 2_048;

/// Spans that were found for one condition, by their traces.
#[derive(Debug)]
pub(super) struct Waiting {
    pages: Vec<Page>,
    /// What is said of traces of which spans were found, where there was no room to tell those apart.
    without_room: Spans,
}

/// Traces that lie side by side.
#[derive(Debug, Default)]
struct Page {
    /// A bit for each trace of which spans were found.
    traces: u64,
    /// Which; None where there was no room to tell them apart.
    spans: Option<Box<[Spans; PAGE]>>,
}

const _: () = assert!(PAGE <= u64::BITS as usize);

impl Waiting {
    pub(super) const fn new(without_room: Spans) -> Self {
        Self { pages: Vec::new(), without_room }
    }

    /// Adds spans of a trace. `room` is how many pages may be told apart.
    pub(super) fn add(&mut self, slot: Slot, spans: Spans, room: &mut usize) {
        if self.pages.len() <= slot.page() {
            self.pages.resize_with(slot.page() + 1, Page::default);
        }
        let Some(page) = self.pages.get_mut(slot.page()) else { return };
        if page.traces == 0 && *room > 0 {
            *room -= 1;
            page.spans = Some(Box::new([Spans::NONE; PAGE]));
        }
        page.traces |= 1 << slot.place();
        if let Some(others) = page.spans_of(slot) {
            *others = others.or(spans);
        }
    }

    /// Those of a trace.
    pub(super) fn get(&self, slot: Slot) -> Spans {
        match self.pages.get(slot.page()) {
            Some(page) if page.has(slot) => {
                page.spans.as_ref().map_or(self.without_room, |spans| spans[slot.place()])
            }
            _ => Spans::NONE,
        }
    }

    /// Forgets those of a trace, and gives back the room of the last on a page.
    pub(super) fn forget(&mut self, slot: Slot, room: &mut usize) {
        let Some(page) = self.pages.get_mut(slot.page()).filter(|page| page.has(slot)) else { return };
        page.traces &= !(1 << slot.place());
        if let Some(spans) = page.spans_of(slot) {
            *spans = Spans::NONE;
        }
        if page.traces == 0 && page.spans.take().is_some() {
            *room += 1;
        }
    }
}

impl Page {
    const fn has(&self, slot: Slot) -> bool {
        self.traces & 1 << slot.place() != 0
    }

    fn spans_of(&mut self, slot: Slot) -> Option<&mut Spans> {
        self.spans.as_mut()?.get_mut(slot.place())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::traces::Slot;

    proptest! {
        #[test]
        fn what_waits_is_what_was_added_or_what_is_said_without_room(
            room in 0..8_usize,
            without_room in prop::sample::select(vec![Spans::ALL, Spans::NONE]),
            steps in prop::collection::vec((0..320_u32, prop::option::of(0..32_usize)), 0..60),
        ) {
            let (mut waiting, mut free, mut expected) = (Waiting::new(without_room), room, HashMap::new());
            for (slot, span) in steps {
                if let Some(span) = span {
                    waiting.add(Slot::of(slot), Spans::of(span), &mut free);
                    let known = expected.entry(slot).or_insert(Spans::NONE);
                    *known = known.or(Spans::of(span));
                } else {
                    waiting.forget(Slot::of(slot), &mut free);
                    expected.remove(&slot);
                }
                for slot in 0..320 {
                    let (found, known) = (waiting.get(Slot::of(slot)), expected.get(&slot).copied());
                    // Five pages, so that five are enough.
                    prop_assert!(
                        found == known.unwrap_or(Spans::NONE)
                            || room < 5 && known.is_some() && found == without_room
                    );
                }
            }
            for slot in 0..320 {
                waiting.forget(Slot::of(slot), &mut free);
            }
            prop_assert_eq!(free, room);
        }
    }
}
