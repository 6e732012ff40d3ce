//! Scan of a text section: texts in lower case, one after the other.

use std::ops::Range;

use super::{
    predicate::{ColumnPredicate, Needle},
    row::Row,
    scan_cost,
};

/// Follows every text. UTF-8 does not contain it.
pub(super) const END: u8 = 0xff;

/// Texts with the rows that they belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextSection<'c> {
    rows: &'c [[u8; Row::LEN]],
    /// Where each text ends in `bytes`.
    ends: &'c [[u8; size_of::<u16>()]],
    /// The texts, each followed by [`END`].
    bytes: &'c [u8],
    kind: TextKind,
}

/// Properties of all texts of a section.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TextKind {
    /// Some are numbers.
    pub(super) numeric: bool,
    /// Some had upper case before they were stored.
    pub(super) cased: bool,
}

impl<'c> TextSection<'c> {
    /// The section in a payload: the end of each text, then the texts.
    pub(super) fn new(rows: &'c [[u8; Row::LEN]], payload: &'c [u8], kind: TextKind) -> Self {
        let (ends, bytes) = payload.split_at_checked(rows.len() * size_of::<u16>()).unwrap_or_default();
        Self::of(rows, ends.as_chunks().0, bytes, kind)
    }

    /// The section of texts with separate ends.
    pub(super) fn of(
        rows: &'c [[u8; Row::LEN]],
        ends: &'c [[u8; size_of::<u16>()]],
        bytes: &'c [u8],
        kind: TextKind,
    ) -> Self {
        let mut texts = Self { rows, ends, bytes, kind };
        texts.bytes = bytes.get(..texts.end(rows.len().saturating_sub(1))).unwrap_or_default();
        texts
    }

    /// Passes the rows of the matching texts to `found`. Returns the cost, see [`scan_cost`].
    pub(super) fn find(&self, predicate: &ColumnPredicate, found: &mut impl FnMut(Row)) -> usize {
        match (predicate.matches_non_numbers().filter(|_| !self.kind.numeric), predicate.needle()) {
            (Some(matches), _) => {
                if matches {
                    self.report(0..self.rows.len(), found);
                }
                0
            }
            (None, Some(needle)) => self.find_by_needle(needle, predicate, found),
            (None, None) => {
                for position in 0..self.rows.len() {
                    if self.matches(position, predicate) {
                        self.report(position..position + 1, found);
                    }
                }
                self.rows.len() * scan_cost::TEXT
            }
        }
    }

    /// One pass over all texts, from one that contains the needle to the next.
    fn find_by_needle(
        &self,
        needle: &Needle,
        predicate: &ColumnPredicate,
        found: &mut impl FnMut(Row),
    ) -> usize {
        let (matches_with, len) = (needle.matches_with(self.kind.cased), needle.finder.needle().len());
        let (mut next, mut searched, mut within, mut compared) = (0, 0, 0, 0);
        while let Some(at) = self.next_occurrence(needle, next, within) {
            let position = self.position_of(at, next);
            if needle.matches_without {
                self.report(next..position, found);
            }
            compared += usize::from(matches_with.is_none());
            if matches_with.unwrap_or_else(|| self.matches(position, predicate)) {
                self.report(position..position + 1, found);
            }
            if position > next || at != self.begin(next) + within {
                searched += at + len - self.begin(next);
            }
            within = at - self.begin(position);
            next = position + 1;
        }
        if needle.matches_without {
            self.report(next..self.rows.len(), found);
        }
        searched += self.bytes.len().saturating_sub(self.begin(next));
        searched / scan_cost::SEARCHED_BYTES + compared * scan_cost::TEXT
    }

    /// The offset of the next occurrence, from a text on. Texts of one key mostly contain the needle at the same
    /// offset, `within`, which is tried first.
    fn next_occurrence(&self, needle: &Needle, next: usize, within: usize) -> Option<usize> {
        let begin = self.begin(next);
        let bytes = needle.finder.needle();
        let likely = begin + within;
        let end = likely + bytes.len();
        if end <= self.end(next) && self.bytes.get(likely..end) == Some(bytes) {
            return Some(likely);
        }
        Some(begin + needle.finder.find(self.bytes.get(begin..)?)?)
    }

    /// The position of the text that contains a byte, from one on.
    fn position_of(&self, at: usize, next: usize) -> usize {
        // Most often it is the first.
        if at < self.end(next) {
            return next;
        }
        let rest = self.ends.get(next..).unwrap_or_default();
        next + rest.partition_point(|end| usize::from(u16::from_le_bytes(*end)) <= at)
    }

    fn matches(&self, position: usize, predicate: &ColumnPredicate) -> bool {
        let text = self.bytes.get(self.begin(position)..self.end(position)).unwrap_or_default();
        predicate.matches_lowercased(text, self.kind.cased)
    }

    fn begin(&self, position: usize) -> usize {
        position.checked_sub(1).map_or(0, |before| self.end(before) + 1)
    }

    fn end(&self, position: usize) -> usize {
        self.ends.get(position).map_or(0, |end| usize::from(u16::from_le_bytes(*end)))
    }

    fn report(&self, positions: Range<usize>, found: &mut impl FnMut(Row)) {
        for row in self.rows.get(positions).unwrap_or_default() {
            found(Row::from_bytes(*row));
        }
    }
}
