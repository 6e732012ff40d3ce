//! Columns on their way: filled span by span while a chunk is indexed.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use trace_model::Value;

use super::{
    of_chunk::{Kind, OfChunk, Section, Width},
    runs::Run,
    texts::{END, TextKind},
};
use crate::{query, tokens::KeyId, traces::Slot};

/// Longer texts are not held.
const MAX_TEXT: usize = 512;

/// Which of the spans that were stored of a chunk, or any of them: what a resource says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record(u16);

/// The columns of the chunk that is indexed now.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    runs: Vec<Run>,
    records: u32,
    /// Those of which the resource was looked at.
    blocks: HashSet<usize, RandomState>,
    keys: HashMap<KeyId, Growing, RandomState>,
}

/// What is known of one key.
#[derive(Debug, Default)]
struct Growing {
    ints: Vec<(Record, i64)>,
    reals: Vec<(Record, f64)>,
    /// In lower case, one after another.
    texts: String,
    /// Where in them each ends.
    ends: Vec<(Record, usize)>,
    kind: TextKind,
    long: Vec<Record>,
    others: Vec<Record>,
}

impl Record {
    pub(super) const LEN: usize = size_of::<u16>();
    pub(crate) const ANY: Self = Self(u16::MAX);

    /// None when it is any.
    pub(super) fn number(self) -> Option<u32> {
        (self != Self::ANY).then_some(u32::from(self.0))
    }

    pub(super) const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(u16::from_le_bytes(bytes))
    }
}

impl Builder {
    /// Counts a span that is stored at a place of a trace. None when there are too many.
    pub(crate) fn count(&mut self, slot: Slot, place: usize) -> Option<Record> {
        let number = self.records;
        self.records = self.records.saturating_add(1);
        // The memory bound is reached long before 2^32 spans of a trace.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let goes_on = self
            .runs
            .last()
            .is_some_and(|run| run.slot == slot && place == run.place.wrapping_add(number - run.first));
        if !goes_on {
            self.runs.push(Run { first: number, place, slot });
        }
        u16::try_from(number).ok().map(Record).filter(|record| *record != Record::ANY)
    }

    /// Whether a block is seen for the first time.
    pub(crate) fn is_new_block(&mut self, block: usize) -> bool {
        self.blocks.insert(block)
    }

    /// Takes a value that the dictionary has no room for.
    pub(crate) fn add(&mut self, key: KeyId, record: Option<Record>, value: &Value<'_>) {
        // Without a number it is in no column; `finish` says so.
        let Some(record) = record else { return };
        let growing = self.keys.entry(key).or_default();
        match value {
            Value::Int(int) => growing.ints.push((record, *int)),
            Value::Double(real) => growing.reals.push((record, *real)),
            Value::String(text) if text.len() > MAX_TEXT => growing.long.push(record),
            Value::String(text) => growing.text(record, text),
            Value::Bool(bit) => growing.text(record, if *bit { "true" } else { "false" }),
            Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => growing.others.push(record),
        }
    }

    /// The columns of what came since the last time, and when that is. None when nothing has to be held.
    pub(crate) fn finish(&mut self, now: u64) -> Option<OfChunk> {
        let Self { runs, records, keys, .. } = std::mem::take(self);
        let uncounted = records > u32::from(u16::MAX);
        if keys.is_empty() && !uncounted {
            return None;
        }
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable_by_key(|(key, _)| *key);
        let mut out = Out::default();
        if !uncounted {
            for (key, growing) in keys {
                growing.write(key, &mut out);
            }
        }
        Some(OfChunk {
            runs: runs.into(),
            sections: out.sections.into(),
            bytes: out.bytes.into(),
            uncounted,
            made: now,
        })
    }
}

#[derive(Default)]
struct Out {
    sections: Vec<Section>,
    bytes: Vec<u8>,
}

impl Out {
    /// Begins a section with the numbers of its spans.
    fn begin(&mut self, key: KeyId, kind: Kind, records: impl ExactSizeIterator<Item = Record>) {
        // They are parts of one body, or less.
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.sections.push(Section { key, kind, at: narrow(self.bytes.len()), count: narrow(records.len()) });
        self.bytes.extend(records.flat_map(|record| record.0.to_le_bytes()));
    }
}

impl Growing {
    fn text(&mut self, record: Record, text: &str) {
        let TextKind { numeric, cased } = self.kind;
        self.kind = TextKind {
            numeric: numeric || query::number(text).is_some(),
            cased: cased || text.bytes().fold(false, |cased, byte| cased | byte.is_ascii_uppercase()),
        };
        let from = self.texts.len();
        self.texts.push_str(text);
        if let Some(added) = self.texts.get_mut(from..) {
            added.make_ascii_lowercase();
        }
        self.ends.push((record, self.texts.len()));
    }

    fn write(self, key: KeyId, out: &mut Out) {
        self.write_ints(key, out);
        if !self.reals.is_empty() {
            out.begin(key, Kind::Reals, self.reals.iter().map(|(record, _)| *record));
            out.bytes.extend(self.reals.iter().flat_map(|(_, real)| real.to_le_bytes()));
        }
        self.write_texts(key, out);
        for (kind, records) in [(Kind::Long, &self.long), (Kind::Others, &self.others)] {
            if !records.is_empty() {
                out.begin(key, kind, records.iter().copied());
            }
        }
    }

    fn write_ints(&self, key: KeyId, out: &mut Out) {
        let ints = || self.ints.iter().map(|(_, int)| *int);
        let (Some(least), Some(greatest)) = (ints().min(), ints().max()) else { return };
        let width = Width::of(greatest.abs_diff(least));
        let kind = Kind::Ints { least, greatest, width };
        out.begin(key, kind, self.ints.iter().map(|(record, _)| *record));
        for int in ints() {
            let bytes = int.abs_diff(least).to_le_bytes();
            out.bytes.extend_from_slice(bytes.get(..width.bytes()).unwrap_or_default());
        }
    }

    /// In sections of which the ends are two bytes wide.
    fn write_texts(&self, key: KeyId, out: &mut Out) {
        const ROOM: usize = u16::MAX as usize;
        let mut rest = self.ends.as_slice();
        let mut begin = 0;
        while !rest.is_empty() {
            // Each takes its bytes and one more, so that as many fit as end, with those, within the room.
            let fits = |(count, (_, end)): (usize, &(Record, usize))| end - begin + count <= ROOM;
            let count = rest.iter().enumerate().take_while(|entry| fits(*entry)).count().max(1);
            let (section, after) = rest.split_at(count);
            out.begin(key, Kind::Texts(self.kind), section.iter().map(|(record, _)| *record));
            for (before, (_, end)) in section.iter().enumerate() {
                let end = u16::try_from(end - begin + before).unwrap_or(u16::MAX);
                out.bytes.extend_from_slice(&end.to_le_bytes());
            }
            for (_, end) in section {
                out.bytes.extend_from_slice(self.texts.get(begin..*end).unwrap_or_default().as_bytes());
                out.bytes.push(END);
                begin = *end;
            }
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        columns::Sought,
        marked::Spans,
        query::{Operator, Text},
        tokens::KeyId,
    };

    #[test]
    fn of_more_spans_than_can_be_numbered_any_may_say_it() {
        let mut builder = Builder::default();
        let slot = Slot::default();
        for place in 0..=usize::from(u16::MAX) {
            let record = builder.count(slot, place);
            builder.add(KeyId::default(), record, &Value::Int(1));
        }
        let mut found = Vec::new();
        let sought = Sought::possibly(&Text::new(Operator::Greater, "5"));
        builder.finish(1).unwrap().find(KeyId::default(), &sought, |slot, spans| found.push((slot, spans)));
        assert_eq!(found, [(slot, Spans::ALL)]);
        assert!(builder.finish(1).is_none());
    }
}
