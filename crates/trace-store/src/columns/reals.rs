//! Real numbers that are looked at as texts.

use super::{
    Record,
    sought::Sought,
    texts::{END, TextKind, Texts},
    work,
};
use crate::query::RealWriter;

/// So many are written out at once: with the zeros of the longest, less than what two bytes can tell the place in.
const AT_ONCE: usize = 128;
/// What most need no more than, with what ends them.
const LONGEST: usize = 25;

/// Tells of those of which the texts are sought; returns what it cost, in bytes read that take as long.
pub(super) fn find_as_texts(
    records: &[[u8; Record::LEN]],
    reals: &[[u8; size_of::<f64>()]],
    sought: &Sought,
    found: &mut impl FnMut(Record),
) -> usize {
    let mut writer = RealWriter::default();
    let (mut ends, mut bytes) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE * LONGEST));
    let mut cost = records.len() * work::REAL_AS_TEXT;
    for (records, reals) in records.chunks(AT_ONCE).zip(reals.chunks(AT_ONCE)) {
        let mut kind = TextKind { numeric: true, cased: false };
        ends.clear();
        bytes.clear();
        for real in reals.iter().map(|bytes| f64::from_le_bytes(*bytes)) {
            bytes.extend_from_slice(writer.write(real).as_bytes());
            ends.push(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes());
            bytes.push(END);
            // All others are in lower case.
            kind.cased |= real.is_nan();
        }
        if kind.cased {
            bytes.make_ascii_lowercase();
        }
        cost += Texts::of(records, &ends, &bytes, kind).find(sought, found);
    }
    cost
}
