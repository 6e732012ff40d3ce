//! Scan of floating-point values that are compared as texts.

use super::{
    predicate::ColumnPredicate,
    row::Row,
    scan_cost,
    text_section::{END, TextKind, TextSection},
};
use crate::query::RealWriter;

/// Numbers that are formatted at once. Even of the longest, so many end within the range of a `u16`.
const BATCH: usize = 128;
/// Length that most numbers do not exceed, with the end marker.
const TYPICAL_LEN: usize = 25;

/// Passes the rows of the numbers whose texts match to `found`. Returns the cost, see [`scan_cost`].
pub(super) fn find_as_texts(
    rows: &[[u8; Row::LEN]],
    reals: &[[u8; size_of::<f64>()]],
    predicate: &ColumnPredicate,
    found: &mut impl FnMut(Row),
) -> usize {
    let mut writer = RealWriter::default();
    let (mut ends, mut bytes) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH * TYPICAL_LEN));
    let mut cost = rows.len() * scan_cost::REAL_AS_TEXT;
    for (rows, reals) in rows.chunks(BATCH).zip(reals.chunks(BATCH)) {
        let mut kind = TextKind { numeric: true, cased: false };
        ends.clear();
        bytes.clear();
        for real in reals.iter().map(|bytes| f64::from_le_bytes(*bytes)) {
            bytes.extend_from_slice(writer.write(real).as_bytes());
            ends.push(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.push(END);
            // Only `NaN` has upper case.
            kind.cased |= real.is_nan();
        }
        if kind.cased {
            bytes.make_ascii_lowercase();
        }
        cost += TextSection::of(rows, &ends, &bytes, kind).find(predicate, found);
    }
    cost
}
