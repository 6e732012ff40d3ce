//! Builder of a chunk's columns, filled span by span while the chunk is indexed.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use trace_model::Value;

use super::{
    chunk_columns::{ChunkColumns, Kind, Section, Width},
    row::Row,
    row_runs::RowRun,
    text_section::{END, TextKind},
};
use crate::{attributes::dictionary::KeyId, query, trace_slot::TraceSlot};

/// Bytes of a text; longer ones are not stored.
const MAX_TEXT: usize = 512;

/// The columns of the chunk that is being indexed.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    runs: Vec<RowRun>,
    rows: u32,
    /// Blocks whose resource was added.
    blocks: HashSet<usize, RandomState>,
    keys: HashMap<KeyId, Values, RandomState>,
}

/// The values of one key.
#[derive(Debug, Default)]
struct Values {
    ints: Vec<(Row, i64)>,
    reals: Vec<(Row, f64)>,
    /// In lower case, one after the other.
    texts: String,
    /// Where each text ends.
    ends: Vec<(Row, usize)>,
    kind: TextKind,
    long_texts: Vec<Row>,
    unlisted: Vec<Row>,
}

impl Builder {
    /// Assigns a row to a span that is stored at a position of its trace. `None` when there are too many.
    pub(crate) fn add_row(&mut self, slot: TraceSlot, position: usize) -> Option<Row> {
        let number = self.rows;
        self.rows = self.rows.saturating_add(1);
        // The memory limit is reached long before a trace has 2^32 spans.
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        let continues_run = self
            .runs
            .last()
            .is_some_and(|run| run.slot == slot && position == run.position.wrapping_add(number - run.first));
        if !continues_run {
            self.runs.push(RowRun { first: number, position, slot });
        }
        Row::new(number)
    }

    /// Whether the resource of a block is seen for the first time.
    pub(crate) fn is_new_block(&mut self, block: usize) -> bool {
        self.blocks.insert(block)
    }

    /// Adds a value that the dictionary has no room for.
    pub(crate) fn add(&mut self, key: KeyId, row: Option<Row>, value: &Value<'_>) {
        // A span without a row is in no column, which `finish` notes.
        let Some(row) = row else { return };
        let values = self.keys.entry(key).or_default();
        match value {
            Value::Int(int) => values.ints.push((row, *int)),
            Value::Double(real) => values.reals.push((row, *real)),
            Value::String(text) if text.len() > MAX_TEXT => values.long_texts.push(row),
            Value::String(text) => values.text(row, text),
            Value::Bool(bit) => values.text(row, if *bit { "true" } else { "false" }),
            Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => values.unlisted.push(row),
        }
    }

    /// The columns of all values since the last call, at a version of the index. `None` when there are none.
    pub(crate) fn finish(&mut self, version: u64) -> Option<ChunkColumns> {
        let Self { runs, rows, keys, .. } = std::mem::take(self);
        let has_unnumbered = rows > u32::from(u16::MAX);
        if keys.is_empty() && !has_unnumbered {
            return None;
        }
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable_by_key(|(key, _)| *key);
        let mut out = Out::default();
        if !has_unnumbered {
            for (key, values) in keys {
                values.write(key, &mut out);
            }
        }
        Some(ChunkColumns {
            runs: runs.into(),
            sections: out.sections.into(),
            bytes: out.bytes.into(),
            has_unnumbered,
            built_at: version,
        })
    }
}

/// The encoded sections.
#[derive(Default)]
struct Out {
    sections: Vec<Section>,
    bytes: Vec<u8>,
}

impl Out {
    /// Begins a section with its rows.
    fn begin(&mut self, key: KeyId, kind: Kind, rows: impl ExactSizeIterator<Item = Row>) {
        // Both are bounded by the body that the values are taken from.
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.sections.push(Section { key, kind, at: narrow(self.bytes.len()), count: narrow(rows.len()) });
        self.bytes.extend(rows.flat_map(Row::to_bytes));
    }
}

impl Values {
    fn text(&mut self, row: Row, text: &str) {
        let TextKind { numeric, cased } = self.kind;
        self.kind = TextKind {
            numeric: numeric || query::parse_number(text).is_some(),
            cased: cased || text.bytes().fold(false, |cased, byte| cased | byte.is_ascii_uppercase()),
        };
        let from = self.texts.len();
        self.texts.push_str(text);
        if let Some(added) = self.texts.get_mut(from..) {
            added.make_ascii_lowercase();
        }
        self.ends.push((row, self.texts.len()));
    }

    fn write(self, key: KeyId, out: &mut Out) {
        self.write_ints(key, out);
        if !self.reals.is_empty() {
            out.begin(key, Kind::Reals, self.reals.iter().map(|(row, _)| *row));
            out.bytes.extend(self.reals.iter().flat_map(|(_, real)| real.to_le_bytes()));
        }
        self.write_texts(key, out);
        for (kind, rows) in [(Kind::LongTexts, &self.long_texts), (Kind::Unlisted, &self.unlisted)] {
            if !rows.is_empty() {
                out.begin(key, kind, rows.iter().copied());
            }
        }
    }

    fn write_ints(&self, key: KeyId, out: &mut Out) {
        let ints = || self.ints.iter().map(|(_, int)| *int);
        let (Some(min), Some(max)) = (ints().min(), ints().max()) else { return };
        let width = Width::of(max.abs_diff(min));
        let kind = Kind::Ints { min, max, width };
        out.begin(key, kind, self.ints.iter().map(|(row, _)| *row));
        for int in ints() {
            let bytes = int.abs_diff(min).to_le_bytes();
            out.bytes.extend_from_slice(bytes.get(..width.bytes()).unwrap_or_default());
        }
    }

    /// Splits the texts into sections whose ends fit two bytes.
    fn write_texts(&self, key: KeyId, out: &mut Out) {
        const ROOM: usize = u16::MAX as usize;
        let mut rest = self.ends.as_slice();
        let mut begin = 0;
        while !rest.is_empty() {
            // Each text takes one more byte, for the end marker.
            let fits = |(count, (_, end)): (usize, &(Row, usize))| end - begin + count <= ROOM;
            let count = rest.iter().enumerate().take_while(|entry| fits(*entry)).count().max(1);
            let (section, after) = rest.split_at(count);
            out.begin(key, Kind::Texts(self.kind), section.iter().map(|(row, _)| *row));
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
        attributes::{SpanMask, columns::ColumnPredicate},
        query::{Operator, ValuePredicate},
    };

    #[test]
    fn with_more_spans_than_rows_every_span_may_match() {
        let mut builder = Builder::default();
        let slot = TraceSlot::default();
        for position in 0..=usize::from(u16::MAX) {
            let row = builder.add_row(slot, position);
            builder.add(KeyId::default(), row, &Value::Int(1));
        }
        let mut found = Vec::new();
        let predicate = ColumnPredicate::superset(&ValuePredicate::new(Operator::Greater, "5"));
        builder
            .finish(1)
            .unwrap()
            .find(KeyId::default(), &predicate, |slot, spans| found.push((slot, spans)));
        assert_eq!(found, [(slot, SpanMask::ALL)]);
        assert!(builder.finish(1).is_none());
    }
}
