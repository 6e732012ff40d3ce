//! The texts of one section, one after another in lower case.

use std::ops::Range;

use super::{
    Record,
    sought::{Part, Sought},
    work,
};

/// What stands after every text.
pub(super) const END: u8 = 0xff;

/// Texts, and whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'c> {
    records: &'c [[u8; Record::LEN]],
    /// Where each ends.
    ends: &'c [[u8; size_of::<u16>()]],
    /// Each with [`END`] after it.
    bytes: &'c [u8],
    kind: TextKind,
}

/// What is known of some texts together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextKind {
    /// Some of them are numbers.
    pub(super) numeric: bool,
    /// Some of them had upper case.
    pub(super) cased: bool,
}

impl<'c> Texts<'c> {
    /// Those that lie in some bytes: where each ends, then all of them.
    pub(super) fn new(records: &'c [[u8; Record::LEN]], payload: &'c [u8], kind: TextKind) -> Self {
        let (ends, bytes) = payload.split_at_checked(records.len() * size_of::<u16>()).unwrap_or_default();
        Self::of(records, ends.as_chunks().0, bytes, kind)
    }

    /// Those that end at some places of some bytes.
    pub(super) fn of(
        records: &'c [[u8; Record::LEN]],
        ends: &'c [[u8; size_of::<u16>()]],
        bytes: &'c [u8],
        kind: TextKind,
    ) -> Self {
        let mut texts = Self { records, ends, bytes, kind };
        texts.bytes = bytes.get(..texts.end(records.len().saturating_sub(1))).unwrap_or_default();
        texts
    }

    /// Tells of those that are sought; returns what it cost, in bytes read that take as long.
    pub(super) fn find(&self, sought: &Sought, found: &mut impl FnMut(Record)) -> usize {
        match (sought.holds_of_words().filter(|_| !self.kind.numeric), sought.part()) {
            (Some(holds), _) => {
                if holds {
                    self.tell(0..self.records.len(), found);
                }
                0
            }
            (None, Some(part)) => self.find_by_part(part, sought, found),
            (None, None) => {
                for place in 0..self.records.len() {
                    if self.counts(place, sought) {
                        self.tell(place..place + 1, found);
                    }
                }
                self.records.len() * work::TEXT
            }
        }
    }

    /// One pass over all of them, from one that has the part to the next.
    fn find_by_part(&self, part: &Part, sought: &Sought, found: &mut impl FnMut(Record)) -> usize {
        let (with, len) = (part.with(self.kind.cased), part.finder.needle().len());
        let (mut next, mut passed, mut within, mut looked_at) = (0, 0, 0, 0);
        while let Some(at) = self.next_with(part, next, within) {
            let place = self.place_of(at, next);
            if part.without {
                self.tell(next..place, found);
            }
            looked_at += usize::from(with.is_none());
            if with.unwrap_or_else(|| self.counts(place, sought)) {
                self.tell(place..place + 1, found);
            }
            if place > next || at != self.begin(next) + within {
                passed += at + len - self.begin(next);
            }
            within = at - self.begin(place);
            next = place + 1;
        }
        if part.without {
            self.tell(next..self.records.len(), found);
        }
        passed += self.bytes.len().saturating_sub(self.begin(next));
        passed / work::BYTES_LOOKED_THROUGH + looked_at * work::TEXT
    }

    /// Where the part is next, from a text on. Texts of one key mostly have it where the one before had it, `within` itself.
    fn next_with(&self, part: &Part, next: usize, within: usize) -> Option<usize> {
        let begin = self.begin(next);
        let needle = part.finder.needle();
        let likely = begin + within;
        let end = likely + needle.len();
        if end <= self.end(next) && self.bytes.get(likely..end) == Some(needle) {
            return Some(likely);
        }
        Some(begin + part.finder.find(self.bytes.get(begin..)?)?)
    }

    /// Which text has a byte, from one on.
    fn place_of(&self, at: usize, next: usize) -> usize {
        // Mostly the first.
        if at < self.end(next) {
            return next;
        }
        let rest = self.ends.get(next..).unwrap_or_default();
        next + rest.partition_point(|end| usize::from(u16::from_le_bytes(*end)) <= at)
    }

    fn counts(&self, place: usize, sought: &Sought) -> bool {
        let text = self.bytes.get(self.begin(place)..self.end(place)).unwrap_or_default();
        sought.counts(text, self.kind.cased)
    }

    fn begin(&self, place: usize) -> usize {
        place.checked_sub(1).map_or(0, |before| self.end(before) + 1)
    }

    fn end(&self, place: usize) -> usize {
        self.ends.get(place).map_or(0, |end| usize::from(u16::from_le_bytes(*end)))
    }

    fn tell(&self, places: Range<usize>, found: &mut impl FnMut(Record)) {
        for record in self.records.get(places).unwrap_or_default() {
            found(Record::from_bytes(*record));
        }
    }
}
