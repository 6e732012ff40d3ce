//! The columns of one chunk, and the spans in it of which a condition may hold.

use trace_model::Value;

use super::{
    Record,
    sought::Sought,
    texts::{TextKind, Texts},
    work,
};
use crate::{cost, marked::Spans, tokens::KeyId, traces::Slot};

/// Spans of one trace that stand together in a chunk, and in the trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// The number of the first among the spans that were stored of the chunk.
    pub(super) first: u32,
    /// The place of the first in its trace.
    pub(super) place: u32,
    /// When the trace is gone another may lie there: what is found is looked at again.
    pub(super) slot: Slot,
}

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
    pub(crate) fn find(&self, key: KeyId, sought: &Sought, mut found: impl FnMut(Slot, Spans)) -> usize {
        if self.uncounted {
            return self.doubt(sought, &mut found);
        }
        let from = self.sections.partition_point(|section| section.key < key);
        let sections = self.sections.iter().skip(from).take_while(|section| section.key == key);
        let (mut count, mut of_resource) = (0, false);
        // The spans of a trace stand together, and are told of together.
        let mut last: Option<(usize, Spans)> = None;
        let mut tell = |last: Option<(usize, Spans)>| {
            if let Some((run, spans)) = last.and_then(|(run, spans)| Some((self.runs.get(run)?, spans))) {
                found(run.slot, spans);
            }
        };
        let mut add = |record: Record| {
            count += 1;
            let Some(number) = record.number() else {
                of_resource = true;
                return;
            };
            let Some((run, place)) = self.place_of(number, last.map(|(run, _)| run)) else { return };
            let spans = Spans::of(place);
            match &mut last {
                Some((same, others)) if *same == run => *others = others.or(spans),
                _ => tell(last.replace((run, spans))),
            }
        };
        let work: usize = sections.map(|section| self.find_in(section, sought, &mut add)).sum();
        tell(last);
        let doubt = if of_resource { self.doubt(sought, &mut found) } else { 0 };
        work + count * work::FOUND + doubt
    }

    /// Any of the spans may be sought.
    fn doubt(&self, sought: &Sought, found: &mut impl FnMut(Slot, Spans)) -> usize {
        if !sought.counts_doubtful() {
            return 0;
        }
        self.runs.iter().for_each(|run| found(run.slot, Spans::ALL));
        self.runs.len() * work::FOUND
    }

    /// The run that has the span of a number, and the place of that in its trace. `last` was the run of another.
    fn place_of(&self, number: u32, last: Option<usize>) -> Option<(usize, usize)> {
        let begins = |run: usize| self.runs.get(run).is_none_or(|run| number < run.first);
        let run = match last {
            Some(last) if !begins(last) && begins(last + 1) => last,
            _ => self.runs.partition_point(|run| run.first <= number).checked_sub(1)?,
        };
        let Run { first, place, .. } = self.runs.get(run)?;
        Some((run, (place + (number - first)) as usize))
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
                let reals = payload.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
                pick(all, reals, |real| sought.holds_of(&Value::Double(real)), found);
                count * if sought.is_of_numbers() { work::NUMBER } else { work::REAL_AS_TEXT }
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
