//! The columns of one chunk, and the spans in it of which a condition may hold.

use trace_model::Value;

use super::{
    Record,
    reals::find_as_texts,
    runs::{Gathering, Run},
    sought::Sought,
    texts::{TextKind, Texts},
    work,
};
use crate::{cost, marked::Spans, tokens::KeyId, traces::Slot};

/// Values of one key and one kind. In the bytes there are the numbers of the spans, two bytes each, and then the values.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) key: KeyId,
    pub(super) kind: Kind,
    /// Where in the bytes.
    pub(super) at: u32,
    pub(super) count: u32,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Each as what it is more than the least.
    Ints {
        least: i64,
        greatest: i64,
        width: Width,
    },
    Reals,
    /// Where each ends, two bytes each; then all of them, each with a byte after it that is in no text.
    Texts(TextKind),
    /// Too long to be held: anything may hold of them.
    Long,
    /// Those that only `key=*` finds: bytes, arrays, maps.
    Others,
}

/// How many bytes a number takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    One,
    Two,
    Four,
    Eight,
}

/// The columns of one chunk.
#[derive(Debug)]
pub(crate) struct OfChunk {
    pub(super) runs: Box<[Run]>,
    /// By key.
    pub(super) sections: Box<[Section]>,
    pub(super) bytes: Box<[u8]>,
    /// It has more spans than can be numbered: any of them may say anything.
    pub(super) uncounted: bool,
    /// When they were made, by the clock of the index: what came into a slot later is not meant.
    pub(super) made: u64,
}

impl OfChunk {
    pub(crate) fn bytes(&self) -> usize {
        /// Its place in the map.
        const PLACE: usize = 96;
        cost::of_capacity::<Run>(self.runs.len())
            + cost::of_capacity::<Section>(self.sections.len())
            + cost::allocated(self.bytes.len())
            + PLACE
    }

    /// When they were made, by the clock of the index.
    pub(crate) const fn made(&self) -> u64 {
        self.made
    }

    /// Tells of the spans that have a key with a value that is sought, by their traces; not of values that the dictionary has.
    /// Returns what it cost, in bytes read that take as long.
    pub(crate) fn find(&self, key: KeyId, sought: &Sought, found: impl FnMut(Slot, Spans)) -> usize {
        let mut gathering = Gathering::new(&self.runs, found);
        let from = self.sections.partition_point(|section| section.key < key);
        let sections = self.sections.iter().skip(from).take_while(|section| section.key == key);
        let mut add = |record| gathering.add(record);
        let work: usize = sections.map(|section| self.find_in(section, sought, &mut add)).sum();
        gathering.tell();
        let is_doubtful = (self.uncounted || gathering.has_any) && sought.counts_doubtful();
        let told = if is_doubtful { gathering.tell_all() } else { 0 };
        work + (gathering.count + told) * work::FOUND
    }

    fn find_in(&self, section: &Section, sought: &Sought, found: &mut impl FnMut(Record)) -> usize {
        let (records, payload) = self.parts(section);
        let all = records.iter().map(|record| Record::from_bytes(*record));
        let count = records.len();
        if sought.is_any() {
            all.for_each(found);
            return work::SECTION;
        }
        let work = match section.kind {
            Kind::Ints { least, greatest, width } => {
                if !sought.may_hold_between(least, greatest) {
                    return work::SECTION;
                }
                let mut holds = |int| sought.holds_of_int(int);
                match width {
                    Width::One => pick(all, ints::<1>(payload, least), &mut holds, found),
                    Width::Two => pick(all, ints::<2>(payload, least), &mut holds, found),
                    Width::Four => pick(all, ints::<4>(payload, least), &mut holds, found),
                    Width::Eight => pick(all, ints::<8>(payload, least), &mut holds, found),
                }
                count * if sought.is_of_numbers() { work::NUMBER } else { work::INT_AS_TEXT }
            }
            Kind::Reals => {
                let reals = payload.as_chunks().0;
                if sought.is_of_numbers() {
                    let reals = reals.iter().map(|bytes| f64::from_le_bytes(*bytes));
                    pick(all, reals, |real| sought.holds_of(&Value::Double(real)), found);
                    count * work::NUMBER
                } else {
                    find_as_texts(records, reals, sought, found)
                }
            }
            Kind::Texts(kind) => Texts::new(records, payload, kind).find(sought, found),
            Kind::Long => {
                if sought.counts_doubtful() {
                    all.for_each(found);
                }
                0
            }
            Kind::Others => 0,
        };
        work + work::SECTION
    }

    /// The numbers of the spans of a section, and what follows them.
    fn parts(&self, section: &Section) -> (&[[u8; Record::LEN]], &[u8]) {
        let rest = self.bytes.get(section.at as usize..).unwrap_or_default();
        let (records, payload) =
            rest.split_at_checked(section.count as usize * Record::LEN).unwrap_or_default();
        let width = match section.kind {
            Kind::Ints { width, .. } => width.bytes(),
            Kind::Reals => size_of::<f64>(),
            Kind::Texts(_) | Kind::Long | Kind::Others => return (records.as_chunks().0, payload),
        };
        let payload = payload.get(..section.count as usize * width).unwrap_or_default();
        (records.as_chunks().0, payload)
    }
}

impl Width {
    /// What numbers need that differ by so much.
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

fn ints<const WIDTH: usize>(payload: &[u8], least: i64) -> impl Iterator<Item = i64> {
    payload.as_chunks::<WIDTH>().0.iter().map(move |bytes| {
        let mut wide = [0; 8];
        wide[..WIDTH].copy_from_slice(bytes);
        least.wrapping_add(u64::from_le_bytes(wide).cast_signed())
    })
}

fn pick<V>(
    records: impl Iterator<Item = Record>,
    values: impl Iterator<Item = V>,
    mut holds: impl FnMut(V) -> bool,
    found: &mut impl FnMut(Record),
) {
    for (record, value) in records.zip(values) {
        if holds(value) {
            found(record);
        }
    }
}
