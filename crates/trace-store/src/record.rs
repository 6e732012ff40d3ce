//! A body as it is kept: what it is a request of, a checksum, and its bytes in LZ4.
//!
//! Spans repeat themselves: packed they take about a sixth, and packing costs less than writing the other five to a disk would.
//! The checksum tells a byte that turned over from one that was sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{chunk::Content, ingest::MAX_BODY};

/// The mark, and the checksum of it and of what follows.
const HEAD: usize = 1 + 4;

/// Larger bodies, which are rare, get a buffer of their own.
const MAX_SPARE: usize = 3 << 19;
/// How many buffers are kept: about as many as pack at once.
const MAX_SPARES: usize = 4;

/// Packs bodies, in buffers that are used again.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Packer {
    /// A body in the form it is kept in.
    pub(crate) fn pack(&self, content: Content, body: &[u8]) -> Box<[u8]> {
        let room = HEAD + LEN + lz4_flex::block::get_maximum_output_size(body.len());
        if room > MAX_SPARE {
            // It takes memory where it is written to, and gives back the rest.
            let mut buffer = vec![0; room];
            let len = write(&mut buffer, content, body).len();
            buffer.truncate(len);
            return buffer.into();
        }
        let mut buffer = self.lock().pop().unwrap_or_default();
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let record = write(&mut buffer, content, body).into();
        let mut spare = self.lock();
        if spare.len() < MAX_SPARES {
            spare.push(buffer);
        }
        record
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the record of a body to the front of a buffer that has room for it.
fn write<'b>(buffer: &'b mut [u8], content: Content, body: &[u8]) -> &'b [u8] {
    let packed = match buffer.split_at_mut_checked(HEAD + LEN) {
        // It fails for want of room alone, and there is enough.
        Some((_, room)) => lz4_flex::block::compress_into(body, room).unwrap_or_default(),
        None => 0,
    };
    let record = buffer.get_mut(..HEAD + LEN + packed).unwrap_or_default();
    put(record, HEAD, u32::try_from(body.len()).unwrap_or(u32::MAX));
    let checksum = checksum(mark(content), record.get(HEAD..).unwrap_or_default());
    put(record, 1, checksum);
    if let Some(first) = record.first_mut() {
        *first = mark(content);
    }
    record
}

/// The length of the body, in front of its packed bytes.
const LEN: usize = 4;

fn put(record: &mut [u8], at: usize, number: u32) {
    if let Some(place) = record.get_mut(at..at + size_of::<u32>()) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// Whether it is what was written, without unpacking it.
pub(crate) fn is_sound(record: &[u8]) -> bool {
    checked(record).is_some()
}

/// The mark and what follows the checksum, when they are what was written.
fn checked(record: &[u8]) -> Option<(&u8, &[u8])> {
    let (mark, rest) = record.split_first()?;
    let (written, rest) = rest.split_first_chunk()?;
    (checksum(*mark, rest) == u32::from_le_bytes(*written)).then_some((mark, rest))
}

fn checksum(mark: u8, rest: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[mark]);
    hasher.update(rest);
    hasher.finalize()
}

/// The body again. None when it is not what was written.
pub(crate) fn unpack(record: &[u8]) -> Option<(Content, Vec<u8>)> {
    let (mark, rest) = checked(record)?;
    let (len, packed) = rest.split_first_chunk::<LEN>()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok().filter(|len| *len <= MAX_BODY)?;
    let body = lz4_flex::block::decompress(packed, len).ok().filter(|body| body.len() == len)?;
    Some((content(*mark)?, body))
}

const fn mark(content: Content) -> u8 {
    match content {
        Content::Spans => b's',
        Content::Logs => b'l',
        Content::KeptSpans => b'S',
        Content::KeptLogs => b'L',
    }
}

const fn content(mark: u8) -> Option<Content> {
    match mark {
        b's' => Some(Content::Spans),
        b'l' => Some(Content::Logs),
        b'S' => Some(Content::KeptSpans),
        b'L' => Some(Content::KeptLogs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_packed_comes_back(body in proptest::collection::vec(any::<u8>(), 0..2_000), logs: bool) {
            let content = if logs { Content::Logs } else { Content::Spans };
            prop_assert_eq!(unpack(&Packer::default().pack(content, &body)), Some((content, body)));
        }

        #[test]
        fn a_byte_that_turned_over_is_seen(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let mut record = Packer::default().pack(Content::Spans, &b"spans repeat themselves ".repeat(20));
            let place = place.index(record.len());
            record[place] ^= 1 << bit;
            prop_assert!(unpack(&record).is_none());
        }

        #[test]
        fn any_bytes_are_answered(record in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(unpack(&record).is_none());
        }
    }
}
