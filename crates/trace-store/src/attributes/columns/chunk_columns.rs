//! The columns of one chunk, and the search for spans whose values match.

use trace_model::Value;

use super::{
    predicate::ColumnPredicate,
    real_section::find_as_texts,
    row::Row,
    row_runs::{MatchCollector, RowRun},
    scan_cost,
    text_section::{TextKind, TextSection},
};
use crate::{
    alloc_size,
    attributes::{dictionary::KeyId, postings::SpanMask},
    trace_slot::TraceSlot,
};

/// Values of one key and one kind. Its bytes are the rows, two bytes each, and then the values.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) key: KeyId,
    pub(super) kind: Kind,
    /// Offset in the bytes of the chunk's columns.
    pub(super) at: u32,
    pub(super) count: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Each as its difference from the smallest.
    Ints {
        min: i64,
        max: i64,
        width: Width,
    },
    Reals,
    /// The end of each text, two bytes each; then the texts, each followed by a byte that occurs in none.
    Texts(TextKind),
    /// Texts too long to be stored: any of them may match.
    LongTexts,
    /// Bytes, arrays and maps: only `key=*` matches them.
    Unlisted,
}

/// Bytes per number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    One,
    Two,
    Four,
    Eight,
}

/// The columns of one chunk.
#[derive(Debug)]
pub(crate) struct ChunkColumns {
    pub(super) runs: Box<[RowRun]>,
    /// Sorted by key.
    pub(super) sections: Box<[Section]>,
    pub(super) bytes: Box<[u8]>,
    /// The chunk has more spans than there are rows: any of them may match.
    pub(super) has_unnumbered: bool,
    /// Version of the index at which they were built. They do not apply to a trace that took a slot later.
    pub(super) built_at: u64,
}

impl ChunkColumns {
    pub(crate) fn bytes(&self) -> usize {
        /// Its entry in the map.
        const MAP_ENTRY: usize = 96;
        alloc_size::of_capacity::<RowRun>(self.runs.len())
            + alloc_size::of_capacity::<Section>(self.sections.len())
            + alloc_size::of_bytes(self.bytes.len())
            + MAP_ENTRY
    }

    /// Version of the index at which they were built.
    pub(crate) const fn built_at(&self) -> u64 {
        self.built_at
    }

    /// Passes the spans that have a matching value of the key to `found`, by trace. Values in the dictionary are not
    /// here. Returns the cost, see [`scan_cost`].
    pub(crate) fn find(
        &self,
        key: KeyId,
        predicate: &ColumnPredicate,
        found: impl FnMut(TraceSlot, SpanMask),
    ) -> usize {
        let mut matches = MatchCollector::new(&self.runs, found);
        let from = self.sections.partition_point(|section| section.key < key);
        let sections = self.sections.iter().skip(from).take_while(|section| section.key == key);
        let mut add = |row| matches.add(row);
        let cost: usize = sections.map(|section| self.find_in(section, predicate, &mut add)).sum();
        matches.flush();
        let is_any = (self.has_unnumbered || matches.has_any) && predicate.is_superset();
        let runs = if is_any { matches.flush_all() } else { 0 };
        cost + (matches.count + runs) * scan_cost::MATCH
    }

    fn find_in(&self, section: &Section, predicate: &ColumnPredicate, found: &mut impl FnMut(Row)) -> usize {
        let (rows, payload) = self.parts(section);
        let all = rows.iter().map(|row| Row::from_bytes(*row));
        let count = rows.len();
        if predicate.matches_any() {
            all.for_each(found);
            return scan_cost::SECTION;
        }
        let cost = match section.kind {
            Kind::Ints { min, max, width } => {
                if !predicate.may_match_between(min, max) {
                    return scan_cost::SECTION;
                }
                let mut matches = |int| predicate.matches_int(int);
                match width {
                    Width::One => filter(all, ints::<1>(payload, min), &mut matches, found),
                    Width::Two => filter(all, ints::<2>(payload, min), &mut matches, found),
                    Width::Four => filter(all, ints::<4>(payload, min), &mut matches, found),
                    Width::Eight => filter(all, ints::<8>(payload, min), &mut matches, found),
                }
                count * if predicate.is_numeric() { scan_cost::NUMBER } else { scan_cost::INT_AS_TEXT }
            }
            Kind::Reals => {
                let reals = payload.as_chunks().0;
                if predicate.is_numeric() {
                    let reals = reals.iter().map(|bytes| f64::from_le_bytes(*bytes));
                    filter(all, reals, |real| predicate.matches(&Value::Double(real)), found);
                    count * scan_cost::NUMBER
                } else {
                    find_as_texts(rows, reals, predicate, found)
                }
            }
            Kind::Texts(kind) => TextSection::new(rows, payload, kind).find(predicate, found),
            Kind::LongTexts => {
                if predicate.is_superset() {
                    all.for_each(found);
                }
                0
            }
            Kind::Unlisted => 0,
        };
        cost + scan_cost::SECTION
    }

    /// The rows of a section, and the bytes that follow them.
    fn parts(&self, section: &Section) -> (&[[u8; Row::LEN]], &[u8]) {
        let rest = self.bytes.get(section.at as usize..).unwrap_or_default();
        let (rows, payload) = rest.split_at_checked(section.count as usize * Row::LEN).unwrap_or_default();
        let width = match section.kind {
            Kind::Ints { width, .. } => width.bytes(),
            Kind::Reals => size_of::<f64>(),
            Kind::Texts(_) | Kind::LongTexts | Kind::Unlisted => return (rows.as_chunks().0, payload),
        };
        let payload = payload.get(..section.count as usize * width).unwrap_or_default();
        (rows.as_chunks().0, payload)
    }
}

impl Width {
    /// The width of numbers that differ by up to `difference`.
    pub(super) const fn of(difference: u64) -> Self {
        match difference {
            0..0x100 => Self::One,
            0x100..0x1_0000 => Self::Two,
            0x1_0000..0x1_0000_0000 => Self::Four,
            _ => Self::Eight,
        }
    }

    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

fn ints<const WIDTH: usize>(payload: &[u8], min: i64) -> impl Iterator<Item = i64> {
    payload.as_chunks::<WIDTH>().0.iter().map(move |bytes| {
        let mut wide = [0; 8];
        wide[..WIDTH].copy_from_slice(bytes);
        min.wrapping_add(u64::from_le_bytes(wide).cast_signed())
    })
}

fn filter<V>(
    rows: impl Iterator<Item = Row>,
    values: impl Iterator<Item = V>,
    mut matches: impl FnMut(V) -> bool,
    found: &mut impl FnMut(Row),
) {
    for (row, value) in rows.zip(values) {
        if matches(value) {
            found(row);
        }
    }
}
